/* tracking_carrier.c - where carriers show their parcels. */
#include "services/gateway/tracking.h"

#include "common/text.h"

#include <string.h>
#include <strings.h>

/* By the beginning of the carrier's code, in any case: "DHLExpress" is DHL. */
static const struct {
    const char *carrier, *url;
} pages[] = {
    { "UPS", "https://www.ups.com/track?tracknum=" },
    { "USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels=" },
    { "FedEx", "https://www.fedex.com/fedextrack/?trknbr=" },
    { "DHL", "https://www.dhl.com/global-en/home/tracking.html?tracking-id=" },
    { "DPD", "https://tracking.dpd.de/status/en_US/parcel/" },
    { "GLS", "https://gls-group.com/track/" },
    { "RoyalMail", "https://www.royalmail.com/track-your-item#/tracking-results/" },
    { "CanadaPost", "https://www.canadapost-postescanada.ca/track-reperage/en#/details/" },
    { "NovaPoshta", "https://novaposhta.ua/tracking/?cargo_number=" },
    { "UkrPoshta", "https://track.ukrposhta.ua/tracking_EN.html?barcode=" },
    { "Aras", "https://kargotakip.araskargo.com.tr/mainpage.aspx?code=" },
    { "PTT", "https://gonderitakip.ptt.gov.tr/Track/Verify?q=" },
};

/* A number that could mean something else in an address leads nowhere. */
static bool fits_address(const char *number)
{
    return number[0] != '\0' &&
           strspn(number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") ==
               strlen(number);
}

const char *tracking_carrier_url(struct arena *arena, const char *carrier,
                                 const char *tracking_number)
{
    if (carrier == NULL || tracking_number == NULL || !fits_address(tracking_number)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strncasecmp(carrier, pages[i].carrier, strlen(pages[i].carrier)) == 0) {
            return text_format(arena, "%s%s", pages[i].url, tracking_number);
        }
    }
    return NULL;
}
