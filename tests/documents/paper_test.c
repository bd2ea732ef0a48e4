/* paper_test.c - makes documents for documents_test.py, which judges them; no test by itself.
 *
 *     build/dev/documents/paper_test <papers >made
 *
 * A line in is the JSON of an inventory.purchase_paper; a line out is the inventory.purchase_papers made of it, or the reason why
 * there are none.
 *
 * links: inventory
 */
#include "services/inventory/document_maker.h"
#include "tests/documents/papers.h"

int main(void)
{
    return papers_run(&(struct papers){ .path = "/purchase-order",
                                        .make = document_make,
                                        .answer_bytes_max = 1 << 20,
                                        .arena_bytes_max = 1 << 25 });
}
