/*
 * Copyright 2026 The Cordon authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
 * with the License. You may obtain a copy of the License at https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is distributed
 * on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for
 * the specific language governing permissions and limitations under the License.
 */

/*
 * Runs the code of io.cordon.linux.WriteBackCode, without a JVM: write_back_harness FILE... Each range ends where memory
 * ends, or begins where it begins, and its content stays. Exit code 0: all passed.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096L
#define PAGES 16L

static void check(int condition, const char *name, const char *what) {
    if (!condition) {
        fprintf(stderr, "FAIL %s: %s\n", name, what);
        exit(1);
    }
}

static void *load(const char *name) {
    FILE *file = fopen(name, "rb");
    check(file != NULL, name, "cannot be opened");
    char *code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(code != MAP_FAILED, name, "mmap");
    size_t length = fread(code, 1, PAGE, file);
    check(length > 0 && length < PAGE, name, "length");
    fclose(file);
    __builtin___clear_cache(code, code + length);
    check(mprotect(code, PAGE, PROT_READ | PROT_EXEC) == 0, name, "mprotect");
    return code;
}

int main(int count, char **names) {
    for (int i = 1; i < count; i++) {
        void (*write_back)(char *, char *) = (void (*)(char *, char *)) load(names[i]);
        char *area = mmap(NULL, (PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(area != MAP_FAILED, names[i], "mmap");
        char *memory = area + PAGE;
        check(mprotect(memory, PAGES * PAGE, PROT_READ | PROT_WRITE) == 0, names[i], "mprotect");
        for (long j = 0; j < PAGES * PAGE; j++) {
            memory[j] = (char) (j * 7 + j / PAGE);
        }
        for (long length = 64; length <= PAGES * PAGE; length += length < PAGE ? 64 : PAGE - 64) {
            write_back(memory, memory + length);
            write_back(memory + PAGES * PAGE - length, memory + PAGES * PAGE);
        }
        for (long j = 0; j < PAGES * PAGE; j++) {
            check(memory[j] == (char) (j * 7 + j / PAGE), names[i], "the content changed");
        }
        printf("ok   %s\n", names[i]);
    }
    check(count > 1, "write_back_harness", "nothing to run");
    return 0;
}
