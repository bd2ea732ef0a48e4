/* invoice_words.c - the words of invoices. */
#include "services/payment/invoice_words.h"

#include "common/text.h"

enum { PERCENT_PPM = 10000, DECIMALS = 4 };

static const struct invoice_words words[LANGUAGE_COUNT] = {
    [LANGUAGE_ENGLISH] = { "Invoice",         "Credit note",
                           "Number",          "Date",
                           "Payable until",   "Order",
                           "Corrects",        "Seller",
                           "Buyer",           "Delivered to",
                           "Tax number",      "No.",
                           "Description",     "Quantity",
                           "Unit price",      "Tax",
                           "Amount",          "Net",
                           "Total",           "Discount",
                           "Paid.",           "Prices and amounts of lines include tax.",
                           "Account (IBAN)",  "Scan to pay by bank transfer",
                           "exempt",          "reverse charge",
                           "Exempt from tax", "Reverse charge: the buyer accounts for the tax." },
    [LANGUAGE_TURKISH] = { "Fatura",
                           "İade faturası",
                           "Numara",
                           "Tarih",
                           "Son ödeme tarihi",
                           "Sipariş",
                           "Düzelttiği fatura",
                           "Satıcı",
                           "Alıcı",
                           "Teslimat yeri",
                           "Vergi numarası",
                           "No.",
                           "Açıklama",
                           "Miktar",
                           "Birim fiyat",
                           "Vergi",
                           "Tutar",
                           "Vergisiz toplam",
                           "Toplam",
                           "İndirim",
                           "Ödendi.",
                           "Fiyatlara ve satır tutarlarına vergi dahildir.",
                           "Hesap (IBAN)",
                           "Havale ile ödemek için okutun",
                           "istisna",
                           "ters yükümlülük",
                           "Vergiden istisnadır",
                           "Ters yükümlülük (reverse charge): vergiyi alıcı beyan eder." },
    [LANGUAGE_UKRAINIAN] = { "Рахунок-фактура",
                             "Кредит-нота",
                             "Номер",
                             "Дата",
                             "Сплатити до",
                             "Замовлення",
                             "Коригує",
                             "Продавець",
                             "Покупець",
                             "Місце доставки",
                             "Податковий номер",
                             "№",
                             "Опис",
                             "Кількість",
                             "Ціна",
                             "Податок",
                             "Сума",
                             "Без податку",
                             "Усього",
                             "Знижка",
                             "Сплачено.",
                             "Ціни та суми рядків містять податок.",
                             "Рахунок (IBAN)",
                             "Скануйте, щоб сплатити переказом",
                             "звільнено",
                             "зворотне нарахування",
                             "Звільнено від податку",
                             "Зворотне нарахування (reverse charge): податок сплачує "
                             "покупець." },
};

const struct invoice_words *invoice_words(enum language language)
{
    return &words[language];
}

const char *invoice_line_word(enum language language, enum invoice_line_kind kind)
{
    static const char *const kinds[LANGUAGE_COUNT][INVOICE_LINE_KIND_UNKNOWN + 1] = {
        [LANGUAGE_ENGLISH] = { [INVOICE_LINE_KIND_GOODS] = "Goods",
                               [INVOICE_LINE_KIND_SHIPPING] = "Shipping",
                               [INVOICE_LINE_KIND_BALANCE] = "Settled apart",
                               [INVOICE_LINE_KIND_REFUND] = "Refund" },
        [LANGUAGE_TURKISH] = { [INVOICE_LINE_KIND_GOODS] = "Mal",
                               [INVOICE_LINE_KIND_SHIPPING] = "Kargo",
                               [INVOICE_LINE_KIND_BALANCE] = "Mahsup",
                               [INVOICE_LINE_KIND_REFUND] = "İade" },
        [LANGUAGE_UKRAINIAN] = { [INVOICE_LINE_KIND_GOODS] = "Товари",
                                 [INVOICE_LINE_KIND_SHIPPING] = "Доставка",
                                 [INVOICE_LINE_KIND_BALANCE] = "Враховано окремо",
                                 [INVOICE_LINE_KIND_REFUND] = "Повернення коштів" },
    };
    const char *word = kinds[language][kind];

    return word == NULL ? "" : word;
}

const char *invoice_tax_note(struct arena *arena, enum language language,
                             enum tax_category category, const char *reason)
{
    const struct invoice_words *with = &words[language];

    if (category == TAX_CATEGORY_REVERSE_CHARGE) {
        return with->reverse_note;
    }
    if (category != TAX_CATEGORY_EXEMPT) {
        return NULL;
    }
    return reason == NULL ? text_format(arena, "%s.", with->exempt_note)
                          : text_format(arena, "%s: %s.", with->exempt_note, reason);
}

const char *invoice_percent(struct arena *arena, int64_t rate_ppm)
{
    int64_t fraction = rate_ppm % PERCENT_PPM;
    int digits = DECIMALS;

    if (fraction == 0) {
        return text_format(arena, "%lld", (long long)(rate_ppm / PERCENT_PPM));
    }
    while (fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    return text_format(arena, "%lld.%0*lld", (long long)(rate_ppm / PERCENT_PPM), digits,
                       (long long)fraction);
}
