-- What is personal of a shipment may be erased; what the carrier tells of it later is not kept then.
COMMENT ON COLUMN shipment.consignee IS 'Address and contact as JSON in the carrier''s words; gone once the carrier has it; empty once it was erased';
COMMENT ON COLUMN parcel.label_url IS 'Where its label is, which shows the address; gone once it was erased';
