/* corpus_main.c - runs each file of the command line once: a fuzz target without a fuzzer. */
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int run_file(const char *path)
{
    static unsigned char bytes[FILE_BYTES_MAX];
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        return EXIT_FAILURE;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);

    (void)fclose(file);
    /* A copy of the exact size lets a sanitizer see a read beyond the end. */
    unsigned char *exact = malloc(size > 0 ? size : 1);

    if (exact == NULL)
        return EXIT_FAILURE;
    for (size_t i = 0; i < size; i++)
        exact[i] = bytes[i];
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    int passed = 0;

    for (int i = 1; i < argc; i++) {
        if (run_file(argv[i]) == EXIT_SUCCESS)
            passed++;
    }
    (void)printf("corpus: %d passed, %d failed\n", passed, argc - 1 - passed);
    return argc > 1 && passed == argc - 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
