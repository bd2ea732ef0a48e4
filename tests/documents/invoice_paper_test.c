/* invoice_paper_test.c - makes files of invoices for invoices_test.py, which judges them; no test by itself.
 *
 *     build/dev/documents/invoice_paper_test <invoices >made
 *
 * A line in is the JSON of a payment.invoice; a line out is the payment.invoice_papers made of it, or the reason why
 * there are none.
 *
 * links: payment
 */
#include "services/payment/document_maker.h"
#include "tests/documents/papers.h"

int main(void)
{
    return papers_run(&(struct papers){ .path = "/invoice",
                                        .make = document_make,
                                        .answer_bytes_max = 1 << 22,
                                        .arena_bytes_max = 1 << 26 });
}
