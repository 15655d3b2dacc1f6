/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writes files as C byte arrays: C11 promises only 4095 characters for a string literal.
 * embed OUTPUT.c FILE… */
#include <stdio.h>
#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int embed(FILE *out, const char *path, int index)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return -1;
    fprintf(out, "static const unsigned char bytes_%d[] = {", index);
    int byte;
    for (unsigned long i = 0; (byte = fgetc(in)) != EOF; i++)
        fprintf(out, "%s%d,", i % 24 ? "" : "\n", byte);
    fprintf(out, "0};\n");
    int failed = ferror(in);
    fclose(in);
    return failed ? -1 : 0;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 2 ? fopen(argv[1], "wb") : NULL;
    if (!out) {
        fprintf(stderr, "embed: cannot write %s\n", argc > 1 ? argv[1] : "(no file)");
        return 1;
    }
    fprintf(out, "#include \"device/sources.h\"\n");
    for (int i = 2; i < argc; i++) {
        if (embed(out, argv[i], i) != 0) {
            fprintf(stderr, "embed: cannot read %s\n", argv[i]);
            return 1;
        }
    }
    fprintf(out, "const struct kernel_source kernel_sources[] = {\n");
    for (int i = 2; i < argc; i++)
        fprintf(out, "{\"%s\", (const char *)bytes_%d, sizeof bytes_%d - 1},\n", base_name(argv[i]),
            i, i);
    fprintf(out, "};\nconst size_t kernel_source_count = %d;\n", argc - 2);
    return fclose(out) != 0;
}
