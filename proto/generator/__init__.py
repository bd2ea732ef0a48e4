"""Turns the message schemas into C structs, decoders and encoders."""
