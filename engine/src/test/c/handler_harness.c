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
 * Runs the signal handler and the transition of io.cordon.fault on real faults, without a JVM.
 *
 * handler_harness HANDLER TRANSITION TABLE_OFFSET [CASE]
 *
 * Builds a guard table as GuardTable, GuardedRange and LineMap document it. The layouts are written down here a second
 * time on purpose: the code is held against the documents, not against itself. Each case runs in a process of its own,
 * so a crash or an endless loop is the failure of one case. Exit code 0: all cases passed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096L
#define EPOCH 8UL
#define POISON 1UL
#define ALL UINT64_MAX
#define QUARANTINED UINT64_MAX
/* GuardTable: the table. */
#define OLD_HANDLER 0
#define ENTRY_COUNT 8
#define EVENT_FD 16
#define MAPS_FD 20
#define ONE 24
#define TRAPS 64
#define TRAP_COUNT 1024
#define TRAP_LENGTH 32
#define ENTRIES 32832
#define ENTRY_LENGTH 64
#define CAPACITY 65536
/* GuardTable: an entry. */
#define E_ADDRESS 0
#define E_LENGTH 8
#define E_HAZARD 16
#define E_WORDS_END 24
#define E_RECORDS 32
#define E_LOCK 40
#define E_PAGE_SHIFT 44
#define E_FOREIGN 45
#define E_LIST 48
#define E_QUARANTINED 56

/* GuardedRange: the argument of the transition. */
struct argument {
    uint64_t entry, record, expected, word, word_count;
    uint64_t map_address, map_length, map_protection, map_flags;
    int64_t map_fd;
    uint64_t map_offset;
    uint64_t words[512];
};

/* LineMap: in a record's link, from a fault by a memory error until the page is given back. */
#define MEMORY_ERROR (1UL << 63)

struct region {
    uint8_t *base;      /* of the mapping */
    uint8_t *map;       /* of the memory below it: records, words, control page */
    uint8_t *entry;
    long pages;
    int shift;
    int fd;
};

struct image {
    uint8_t *memory;
    uint8_t *wanted;
    size_t length;
};

/* linux/fs.h of 6.11: struct procmap_query. */
struct map_query {
    uint64_t size, flags, address, start, end, vma_flags, page_size, offset, inode;
    uint32_t major, minor, name_size, build_id_size;
    uint64_t name, build_id;
};
#define PROCMAP_QUERY _IOWR('f', 17, struct map_query)

typedef void handler_function(int, siginfo_t *, void *);
typedef long transition_function(struct argument *);

static const char *case_name = "?";
static uint8_t *handler_bytes, *transition_bytes;
static size_t handler_length, transition_length, table_offset;

/* What the kernel is made to answer when the handler asks what is mapped at an address; and what it was asked. */
static int pretended;
static long answer_result;
static struct map_query answer, asked;
static int asked_fd, asked_count;
static uint64_t asked_request;
uint64_t ask_return;

static uint8_t *table;
static int event_fd;
static handler_function *handler;
static transition_function *transition;

static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("FAIL %s: ", case_name);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
    _exit(1);
}

#define EQUAL(actual, wanted, what) equal((uint64_t) (actual), (uint64_t) (wanted), what, __LINE__)

static void equal(uint64_t actual, uint64_t wanted, const char *what, int line)
{
    if (actual != wanted) {
        fail("%s is %#lx, should be %#lx (line %d)", what, (unsigned long) actual, (unsigned long) wanted, line);
    }
}

static void *must(void *address, const char *what)
{
    if (address == MAP_FAILED) {
        fail("%s: %s", what, strerror(errno));
    }
    return address;
}

static void must_do(int result, const char *what)
{
    if (result < 0) {
        fail("%s: %s", what, strerror(errno));
    }
}

static uint64_t get(const void *address)
{
    return __atomic_load_n((const uint64_t *) address, __ATOMIC_SEQ_CST);
}

static void put(void *address, uint64_t value)
{
    __atomic_store_n((uint64_t *) address, value, __ATOMIC_SEQ_CST);
}

static uint32_t get_int(const void *address)
{
    return __atomic_load_n((const uint32_t *) address, __ATOMIC_SEQ_CST);
}

static void put_int(void *address, uint32_t value)
{
    __atomic_store_n((uint32_t *) address, value, __ATOMIC_SEQ_CST);
}

static uint64_t load(const void *address)
{
    return *(const volatile uint64_t *) address;
}

static int thread_id(void)
{
    return (int) syscall(SYS_gettid);
}

static void nap(long milliseconds)
{
    struct timespec time = {0, milliseconds * 1000000};
    while (nanosleep(&time, &time) != 0) {
    }
}

/* ---- what memory should look like ---- */

static struct image image_of(void *memory, size_t length)
{
    struct image image = {memory, malloc(length), length};
    memcpy(image.wanted, memory, length);
    return image;
}

static void want(struct image *image, const void *address, uint64_t value)
{
    memcpy(image->wanted + ((const uint8_t *) address - image->memory), &value, sizeof value);
}

static void want_byte(struct image *image, const void *address, uint8_t value)
{
    image->wanted[(const uint8_t *) address - image->memory] = value;
}

static void check_image(const struct image *image, const char *what)
{
    for (size_t i = 0; i < image->length; i += 8) {
        uint64_t wanted;
        memcpy(&wanted, image->wanted + i, sizeof wanted);
        if (get(image->memory + i) != wanted) {
            fail("%s at +%zu is %#lx, should be %#lx", what, i, (unsigned long) get(image->memory + i),
                (unsigned long) wanted);
        }
    }
}

/* ---- the handler that was there before ---- */

enum old_mode { UNEXPECTED, RECORD, MAP_PAGE, JUMP };

static volatile enum old_mode old_mode;
static volatile int old_calls, old_signal;
static void *volatile old_info_address;
static void *volatile old_context;
static siginfo_t old_info;
static sigjmp_buf old_jump;
static void *volatile watched_record;
static volatile uint64_t seen_record;

static void old_handler(int signal, siginfo_t *info, void *context)
{
    if (old_mode == UNEXPECTED) {
        fail("the old handler got si_code %d, si_addr %p, which the new one should have contained",
            info->si_code, info->si_addr);
    }
    if (++old_calls > 100) {
        fail("the old handler runs again and again");
    }
    old_signal = signal;
    old_info_address = info;
    old_context = context;
    old_info = *info;
    if (watched_record != NULL) {
        seen_record = get(watched_record);
    }
    if (old_mode == MAP_PAGE) {
        must(mmap((void *) ((uintptr_t) info->si_addr & -PAGE), PAGE, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), "mmap in the old handler");
    } else if (old_mode == JUMP) {
        siglongjmp(old_jump, 1);
    }
}

/* ---- the kernel's answer to PROCMAP_QUERY, which older kernels and qemu do not give ---- */

long answer_query(int fd, unsigned long request, struct map_query *query);
void answer_entry(void);

long answer_query(int fd, unsigned long request, struct map_query *query)
{
    asked_count++;
    asked_fd = fd;
    asked_request = request;
    asked = *query;
    if (answer_result == 0) {
        query->start = answer.start;
        query->end = answer.end;
        query->offset = answer.offset;
        query->inode = answer.inode;
        query->major = answer.major;
        query->minor = answer.minor;
    }
    return answer_result;
}

#define TRAMPOLINE 64
/* As a system call: no register but the result's is lost, except those that the kernel loses too. */
#ifdef __x86_64__
__asm__(".text\n"
    "answer_entry:\n"
    " push %rbp\n mov %rsp, %rbp\n"
    " push %rdx\n push %rsi\n push %rdi\n push %r8\n push %r9\n push %r10\n"
    " and $-16, %rsp\n"
    " call answer_query\n"
    " lea -48(%rbp), %rsp\n"
    " pop %r10\n pop %r9\n pop %r8\n pop %rdi\n pop %rsi\n pop %rdx\n"
    " pop %rbp\n"
    " mov $-1, %rcx\n mov %rcx, %r11\n"
    " ret\n");

static void pretend_to_be_the_kernel(uint8_t *code, size_t length)
{
    /* mov eax,16 (ioctl); syscall */
    const uint8_t ask[] = {0xb8, 0x10, 0, 0, 0, 0x0f, 0x05};
    uint8_t *site = memmem(code, length, ask, sizeof ask);
    uint8_t *trampoline = code + ((length + 15) & -16UL);
    const uint8_t jump[] = {0x48, 0xb8};
    void (*target)(void) = answer_entry;
    if (site == NULL) {
        fail("the handler asks nobody what is mapped");
    }
    memcpy(trampoline, jump, 2);
    memcpy(trampoline + 2, &target, 8);
    memcpy(trampoline + 10, "\xff\xe0", 2);
    int32_t distance = (int32_t) (trampoline - (site + 5));
    site[0] = 0xe8;
    memcpy(site + 1, &distance, 4);
    memcpy(site + 5, "\x66\x90", 2);
}
#else
__asm__(".text\n"
    "answer_entry:\n"
    " sub sp, sp, #176\n"
    " stp x1, x2, [sp]\n stp x3, x4, [sp, #16]\n stp x5, x6, [sp, #32]\n stp x7, x8, [sp, #48]\n"
    " stp x9, x10, [sp, #64]\n stp x11, x12, [sp, #80]\n stp x13, x14, [sp, #96]\n stp x15, x16, [sp, #112]\n"
    " stp x17, x18, [sp, #128]\n stp x29, x30, [sp, #144]\n"
    " bl answer_query\n"
    " ldp x1, x2, [sp]\n ldp x3, x4, [sp, #16]\n ldp x5, x6, [sp, #32]\n ldp x7, x8, [sp, #48]\n"
    " ldp x9, x10, [sp, #64]\n ldp x11, x12, [sp, #80]\n ldp x13, x14, [sp, #96]\n ldp x15, x16, [sp, #112]\n"
    " ldp x17, x18, [sp, #128]\n ldp x29, x30, [sp, #144]\n"
    " add sp, sp, #176\n"
    " adrp x17, ask_return\n ldr x17, [x17, #:lo12:ask_return]\n"
    " br x17\n");

static void pretend_to_be_the_kernel(uint8_t *code, size_t length)
{
    /* mov x8,#29 (ioctl); svc #0 */
    const uint32_t ask[] = {0xd28003a8, 0xd4000001};
    uint32_t *site = memmem(code, length, ask, sizeof ask);
    uint32_t *trampoline = (uint32_t *) (code + ((length + 15) & -16UL));
    void (*target)(void) = answer_entry;
    if (site == NULL) {
        fail("the handler asks nobody what is mapped");
    }
    trampoline[0] = 0x58000051;     /* ldr x17, .+8 */
    trampoline[1] = 0xd61f0220;     /* br x17 */
    memcpy(trampoline + 2, &target, 8);
    ask_return = (uint64_t) (site + 2);
    site[0] = 0x14000000 | ((uint32_t) (trampoline - site) & 0x3ffffff);
}
#endif

/* ---- the guard ---- */

static size_t table_length(long entries)
{
    return ENTRIES + entries * ENTRY_LENGTH;
}

static uint8_t *trap_slot(int thread)
{
    return table + TRAPS + (thread & (TRAP_COUNT - 1)) * TRAP_LENGTH;
}

static uint64_t events(void)
{
    uint64_t count = 0;
    if (read(event_fd, &count, sizeof count) < 0 && errno != EAGAIN) {
        fail("read of the eventfd: %s", strerror(errno));
    }
    return count;
}

static void install(void (*old)(int, siginfo_t *, void *))
{
    struct sigaction action;
    table = must(mmap(NULL, table_length(CAPACITY), PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), "mmap of the table");
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    must_do(event_fd, "eventfd");
    put_int(table + EVENT_FD, event_fd);
    put(table + ONE, 1);

    size_t offset = (handler_length + 63) & -64UL;
    size_t length = (offset + transition_length + TRAMPOLINE + PAGE - 1) & -PAGE;
    uint8_t *code = must(mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "mmap");
    memcpy(code, handler_bytes, handler_length);
    memcpy(code + table_offset, &table, sizeof table);
    memcpy(code + offset, transition_bytes, transition_length);
    if (pretended) {
        pretend_to_be_the_kernel(code, offset + transition_length);
    }
    must_do(mprotect(code, length, PROT_READ | PROT_EXEC), "mprotect");
    __builtin___clear_cache((char *) code, (char *) code + length);
    handler = (handler_function *) code;
    transition = (transition_function *) (code + offset);

    memset(&action, 0, sizeof action);
    if (old == NULL || old == (handler_function *) 1) {
        action.sa_handler = (void (*)(int)) (void *) old;
    } else {
        action.sa_sigaction = old;
        action.sa_flags = SA_SIGINFO;
    }
    must_do(sigaction(SIGBUS, &action, NULL), "sigaction");
    must_do(sigaction(SIGBUS, NULL, &action), "sigaction");
    put(table + OLD_HANDLER, (uint64_t) action.sa_sigaction);
    action.sa_sigaction = handler;
    sigfillset(&action.sa_mask);
    action.sa_flags |= SA_SIGINFO;
    must_do(sigaction(SIGBUS, &action, NULL), "sigaction");
}

static uint8_t *entry_at(long index)
{
    return table + ENTRIES + index * ENTRY_LENGTH;
}

static uint8_t *word(const struct region *region, long page)
{
    return region->base - 4096 - 8 - page * 8;
}

static uint8_t *record(const struct region *region, long page)
{
    return region->map + page * 16;
}

static uint8_t *hazard(const struct region *region)
{
    return region->base - 64;
}

static uint8_t *scar(const struct region *region, long page)
{
    return region->base - 3072 + page % 2048;
}

static uint64_t pattern(long offset)
{
    return 0xc0de000000000000UL | (uint64_t) offset;
}

static int file_of(long pages)
{
    int fd = memfd_create("harness", MFD_CLOEXEC);
    must_do(fd, "memfd_create");
    uint64_t *content = malloc(pages * PAGE);
    for (long i = 0; i < pages * PAGE / 8; i++) {
        content[i] = pattern(i * 8);
    }
    if (pwrite(fd, content, pages * PAGE, 0) != pages * PAGE) {
        fail("pwrite: %s", strerror(errno));
    }
    free(content);
    return fd;
}

static long overhead(long pages)
{
    return 4096 + ((pages * 8 + PAGE - 1) & -PAGE) + ((pages * 16 + PAGE - 1) & -PAGE);
}

static struct region make_region(long index, long pages, int shift)
{
    struct region region = {.pages = pages, .shift = shift};
    long unit = 1L << shift;
    uint8_t *memory = must(mmap(NULL, overhead(pages) + unit + pages * PAGE, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), "mmap of a region");
    region.base = (uint8_t *) (((uintptr_t) memory + overhead(pages) + unit - 1) & -unit);
    region.map = region.base - overhead(pages);
    region.fd = file_of(pages);
    region.entry = entry_at(index);
    must(mmap(region.base, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, region.fd, 0), "mmap");
    put(hazard(&region), 5 * EPOCH);
    put(region.entry + E_HAZARD, (uint64_t) hazard(&region));
    put(region.entry + E_WORDS_END, (uint64_t) region.base - 4096);
    put(region.entry + E_RECORDS, (uint64_t) region.map);
    put_int(region.entry + E_PAGE_SHIFT, shift);
    put(region.entry + E_ADDRESS, (uint64_t) region.base);
    put(region.entry + E_LENGTH, pages * PAGE);
    if (get_int(table + ENTRY_COUNT) < index + 1) {
        put_int(table + ENTRY_COUNT, index + 1);
    }
    return region;
}

/* From here on an access to a page from this one on is a SIGBUS. */
static void truncate_file(const struct region *region, long pages)
{
    must_do(ftruncate(region->fd, pages * PAGE), "ftruncate");
}

static void map_again(const struct region *region, long page)
{
    must(mmap(region->base + page * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, region->fd,
        page * PAGE), "mmap");
}

static struct image map_image(const struct region *region)
{
    return image_of(region->map, overhead(region->pages));
}

/* Writes into the two images what one fault must do; first: the page is not quarantined yet. */
static void want_fault(struct image *map, struct image *tab, const struct region *region, const void *address,
    int first)
{
    long unit_pages = 1L << (region->shift - 12);
    long page = ((const uint8_t *) address - region->base) / PAGE & -unit_pages;
    uint64_t raised = (get(hazard(region)) | POISON) + EPOCH;
    uint8_t *slot = trap_slot(thread_id());
    for (long i = 0; i < unit_pages; i++) {
        want(map, word(region, page + i), ALL);
        want_byte(map, scar(region, page + i), 0xff);
        want_byte(map, scar(region, page + i) - 1, 0xff);
    }
    want(map, hazard(region), raised);
    want(map, record(region, page), QUARANTINED);
    if (first) {
        if (get(record(region, page) + 8) == 0) {   /* else it is on the list still */
            want(map, record(region, page) + 8, get(region->entry + E_LIST) + 1);
            want(tab, region->entry + E_LIST, page + 1);
        }
        want(tab, region->entry + E_QUARANTINED, get(region->entry + E_QUARANTINED) + 1);
    }
    want(tab, slot, thread_id());
    want(tab, slot + 8, (uint64_t) address);
    want(tab, slot + 16, raised);
}

static struct argument give_back(const struct region *region, long page)
{
    struct argument argument;
    memset(&argument, 0, sizeof argument);
    argument.entry = (uint64_t) region->entry;
    argument.record = (uint64_t) record(region, page);
    argument.expected = 1;
    argument.word = (uint64_t) word(region, page);
    argument.word_count = 1L << (region->shift - 12);
    argument.map_address = (uint64_t) region->base + page * PAGE;
    argument.map_length = 1L << region->shift;
    argument.map_protection = PROT_READ | PROT_WRITE;
    argument.map_flags = MAP_SHARED | MAP_FIXED;
    argument.map_fd = region->fd;
    argument.map_offset = page * PAGE;
    return argument;
}

static void restore_file(const struct region *region)
{
    truncate_file(region, region->pages);
    for (long offset = 0; offset < region->pages * PAGE; offset += 8) {
        uint64_t value = pattern(offset);
        if (pwrite(region->fd, &value, 8, offset) != 8) {
            fail("pwrite: %s", strerror(errno));
        }
    }
}

/* ---- a: one load ---- */

static void contains_a_load(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    uint8_t *address = region.base + 5 * PAGE + 648;
    truncate_file(&region, 4);
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    want_fault(&map, &tab, &region, address, 1);

    EQUAL(load(address), 0, "the value from the quarantine page");
    EQUAL(get(word(&region, 5)), ALL, "the page's line word");
    EQUAL(get(word(&region, 4)), 0, "the line word of the page before");
    EQUAL(get(word(&region, 6)), 0, "the line word of the page after");
    EQUAL(get(hazard(&region)), 6 * EPOCH | POISON, "the hazard word");
    EQUAL(get(record(&region, 5)), QUARANTINED, "the page's state");
    EQUAL(get(record(&region, 5) + 8), 1, "the page's link");
    EQUAL(get(region.entry + E_LIST), 6, "the head of the list");
    EQUAL(get(region.entry + E_QUARANTINED), 1, "the count of quarantined pages");
    EQUAL(get_int(region.entry + E_LOCK), 0, "the lock");
    EQUAL(get(trap_slot(thread_id())), thread_id(), "the trap's thread");
    EQUAL(get(trap_slot(thread_id()) + 8), address, "the trap's address");
    EQUAL(get(trap_slot(thread_id()) + 16), 6 * EPOCH | POISON, "the trap's hazard word");
    EQUAL(events(), 1, "the eventfd's count");
    for (long offset = 0; offset < PAGE; offset += 8) {
        EQUAL(load(region.base + 5 * PAGE + offset), 0, "a word of the quarantine page");
    }
    EQUAL(load(region.base + 3 * PAGE + 8), pattern(3 * PAGE + 8), "a word of a sound page");
    EQUAL(events(), 0, "the eventfd's count after further loads from the same page");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");
}

/* ---- b: several faults ---- */

static void links_pages_once(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 4);
    const long order[] = {5, 7, 4};
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    for (int i = 0; i < 3; i++) {
        uint8_t *address = region.base + order[i] * PAGE;
        want_fault(&map, &tab, &region, address, 1);
        EQUAL(load(address), 0, "the value from the quarantine page");
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
    }
    EQUAL(get(region.entry + E_LIST), 5, "the head of the list");
    EQUAL(get(record(&region, 4) + 8), 9, "the link from page 4");
    EQUAL(get(record(&region, 7) + 8), 7, "the link from page 7");
    EQUAL(get(record(&region, 5) + 8), 1, "the link from page 5");
    EQUAL(events(), 3, "the eventfd's count");

    /* Two threads fault on one page: the second finds it quarantined. */
    for (int i = 0; i < 2; i++) {
        uint8_t *address = region.base + 7 * PAGE + 4088;
        map_again(&region, 7);
        put(word(&region, 7), 0);
        want_fault(&map, &tab, &region, address, 0);
        EQUAL(load(address), 0, "the value after a second fault on a page");
        EQUAL(get(region.entry + E_QUARANTINED), 3, "the count of quarantined pages after a second fault on one");
        check_image(&map, "the line map after a second fault");
        check_image(&tab, "the guard table after a second fault");
        put(region.entry + E_LIST, 0);      /* the list was taken */
        want(&tab, region.entry + E_LIST, 0);
    }
    EQUAL(events(), 2, "the eventfd's count");
}

/* ---- c: other accesses ---- */

static uint64_t exclusive_add(uint64_t *address, uint64_t value)
{
#ifdef __aarch64__
    uint64_t before, after;
    uint32_t failed;
    __asm__ volatile("1: ldaxr %0, [%3]\n add %1, %0, %4\n stlxr %w2, %1, [%3]\n cbnz %w2, 1b\n"
        : "=&r" (before), "=&r" (after), "=&r" (failed) : "r" (address), "r" (value) : "memory");
    return before;
#else
    uint64_t before = value;
    __asm__ volatile("lock xadd %0, (%1)" : "+r" (before) : "r" (address) : "memory", "cc");
    return before;
#endif
}

static void contains_stores_and_atomics(void)
{
    install(old_handler);
    struct region region = make_region(0, 16, 12);
    uint64_t wanted, copy[512];
    truncate_file(&region, 4);
    uint64_t *p = (uint64_t *) (region.base + 5 * PAGE + 8);
    *(volatile uint64_t *) p = 77;
    EQUAL(load(p), 77, "what was stored on a bad page");
    EQUAL(load(p + 1), 0, "the word after what was stored");
    p = (uint64_t *) (region.base + 6 * PAGE);
    wanted = 0;
    EQUAL(__atomic_compare_exchange_n(p, &wanted, 99, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST), 1, "CAS(0, 99)");
    EQUAL(load(p), 99, "the word after the CAS");
    p = (uint64_t *) (region.base + 7 * PAGE + 512);
    EQUAL(__atomic_fetch_add(p, 5, __ATOMIC_SEQ_CST), 0, "an atomic add on a bad page");
    EQUAL(load(p), 5, "the word after the add");
    p = (uint64_t *) (region.base + 8 * PAGE + 512);
    EQUAL(exclusive_add(p, 6), 0, "an exclusive add on a bad page");
    EQUAL(load(p), 6, "the word after the exclusive add");
    p = (uint64_t *) (region.base + 9 * PAGE + 1024);
    wanted = 1;
    EQUAL(__atomic_compare_exchange_n(p, &wanted, 99, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST), 0, "CAS(1, 99)");
    EQUAL(wanted, 0, "what the failed CAS saw");
    EQUAL(*(volatile uint8_t *) (region.base + 10 * PAGE + 4095), 0, "the last byte of a page");
    EQUAL(events(), 6, "the faults");
    EQUAL(get(region.entry + E_QUARANTINED), 6, "the count of quarantined pages");
    for (long page = 0; page < 16; page++) {
        EQUAL(get(word(&region, page)), page >= 5 && page <= 10 ? ALL : 0, "a line word");
    }
    /* A copy that starts on a sound page and ends on a bad one, and an access that straddles them. */
    memcpy(copy, region.base + 4 * PAGE - 2048, sizeof copy);
    EQUAL(copy[255], pattern(4 * PAGE - 8), "the end of the sound part of a copy");
    EQUAL(copy[256], 0, "the start of the bad part of a copy");
    EQUAL(get(word(&region, 3)), 0, "the line word of the sound page");
    EQUAL(get(word(&region, 4)), ALL, "the line word of the bad page");
    EQUAL(events(), 1, "the faults of a copy");
    truncate_file(&region, 2);
    uint64_t half;
    __asm__ volatile("" : "=r" (p) : "0" (region.base + 2 * PAGE - 4));
    half = *(volatile uint64_t *) p;
    EQUAL(half, pattern(2 * PAGE - 8) >> 32, "a word that straddles a sound and a bad page");
    EQUAL(get(word(&region, 1)), 0, "the line word of the sound page");
    EQUAL(get(word(&region, 2)), ALL, "the line word of the bad page");
    EQUAL(events(), 1, "the faults of a straddling load");
}

/* ---- d: not ours ---- */

static void leaves_other_addresses_to_the_old_handler(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    struct region other = make_region(1, 8, 12);
    put(other.entry + E_LENGTH, 0);
    truncate_file(&region, 4);
    truncate_file(&other, 0);
    struct image map = map_image(&region);
    struct image other_map = map_image(&other);
    struct image tab = image_of(table, table_length(4));

    for (int i = 1; i <= 4; i++) {
        uint8_t *address = other.base + i * PAGE + 8 * i;
        old_mode = i % 2 == 0 ? JUMP : MAP_PAGE;
        volatile uint64_t value = 1;
        if (sigsetjmp(old_jump, 1) == 0) {
            value = load(address);
        }
        EQUAL(value, old_mode == JUMP, "the value that the old handler left");
        EQUAL(old_calls, i, "the calls of the old handler");
        EQUAL(old_signal, SIGBUS, "its signal");
        EQUAL(old_info.si_signo, SIGBUS, "its si_signo");
        EQUAL(old_info.si_code, BUS_ADRERR, "its si_code");
        EQUAL(old_info.si_addr, address, "its si_addr");
        sigset_t mask;
        sigprocmask(SIG_BLOCK, NULL, &mask);
        EQUAL(sigismember(&mask, SIGBUS), 0, "SIGBUS in the signal mask after the old handler");
    }
    EQUAL(events(), 0, "the eventfd's count");
    check_image(&map, "the line map");
    check_image(&other_map, "the other line map");
    check_image(&tab, "the guard table");
    old_mode = UNEXPECTED;
    EQUAL(load(region.base + 4 * PAGE), 0, "the value from the quarantine page: the guard is still there");
}

static void passes_arguments_on_as_they_came(void)
{
    static siginfo_t info;
    static char context[64];
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    /* si_codes that no media error has, with an address in the range; then media errors just outside of it. */
    const struct { int code; uint8_t *address; } calls[] = {
        {SI_TKILL, region.base}, {SI_QUEUE, region.base}, {SI_USER, region.base}, {BUS_ADRALN, region.base},
        {6, region.base}, {SI_KERNEL, region.base}, {INT32_MAX, region.base}, {INT32_MIN, region.base},
        {INT32_MIN + 2, region.base}, {BUS_ADRERR, region.base - 1}, {BUS_ADRERR, region.base + 8 * PAGE},
        {BUS_MCEERR_AR, region.base - 1}, {BUS_MCEERR_AO, region.base + 8 * PAGE}, {BUS_ADRERR, NULL},
        {BUS_ADRERR, (uint8_t *) -1L},
    };
    old_mode = RECORD;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        info.si_signo = SIGBUS;
        info.si_code = calls[i].code;
        info.si_addr = calls[i].address;
        handler(SIGBUS, &info, context);
        EQUAL(old_calls, i + 1, "the calls of the old handler");
        EQUAL(old_signal, SIGBUS, "its signal");
        EQUAL(old_info_address, &info, "its siginfo");
        EQUAL(old_context, context, "its context");
        EQUAL(memcmp(&info, &old_info, sizeof info), 0, "a difference in siginfo");
    }
    EQUAL(events(), 0, "the eventfd's count");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");
    /* All that the kernel says of a media error, at both ends of the range. */
    old_mode = UNEXPECTED;
    const int codes[] = {BUS_ADRERR, BUS_OBJERR, BUS_MCEERR_AR, BUS_MCEERR_AO};
    for (int i = 0; i < 4; i++) {
        info.si_code = codes[i];
        info.si_addr = region.base + (i % 2 == 0 ? i * PAGE : (9 - i) * PAGE - 1);
        want_fault(&map, &tab, &region, info.si_addr, 1);
        if (codes[i] >= BUS_MCEERR_AR) {
            want(&map, record(&region, ((uint8_t *) info.si_addr - region.base) / PAGE) + 8,
                (get(region.entry + E_LIST) + 1) | MEMORY_ERROR);
        }
        handler(SIGBUS, &info, context);
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
    }
    EQUAL(get(region.entry + E_QUARANTINED), 4, "the count of quarantined pages");
    EQUAL(events(), 4, "the eventfd's count");
}

/* ---- e: sent signals ---- */

static void leaves_sent_signals_to_the_old_handler(void)
{
    install(old_handler);
    /* Where si_addr would be, a sent signal has its sender: keep a range there. */
    struct region region = make_region(0, 2048, 12);
    put(region.entry + E_ADDRESS, 0);
    put(region.entry + E_LENGTH, 1UL << 62);
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    old_mode = RECORD;
    raise(SIGBUS);
    EQUAL(old_calls, 1, "the calls of the old handler after raise");
    EQUAL(old_signal, SIGBUS, "its signal");
    EQUAL(old_info.si_code, SI_TKILL, "its si_code");
    EQUAL(old_info.si_pid, getpid(), "its sender");
    kill(getpid(), SIGBUS);
    EQUAL(old_calls, 2, "the calls of the old handler after kill");
    EQUAL(old_info.si_code, SI_USER, "its si_code");
    sigqueue(getpid(), SIGBUS, (union sigval) {.sival_int = 4711});
    EQUAL(old_calls, 3, "the calls of the old handler after sigqueue");
    EQUAL(old_info.si_code, SI_QUEUE, "its si_code");
    EQUAL(old_info.si_value.sival_int, 4711, "its value");
    EQUAL(events(), 0, "the eventfd's count");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");
}

/* ---- f: the transition ---- */

static void gives_a_page_back(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 4);
    load(region.base + 5 * PAGE);
    load(region.base + 6 * PAGE);
    restore_file(&region);
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    struct argument argument = give_back(&region, 5);
    argument.words[0] = 0xf0f0;
    argument.words[1] = 0xbad;      /* one word is asked for */
    want(&map, word(&region, 5), 0xf0f0);
    want(&map, hazard(&region), 8 * EPOCH | POISON);
    want(&map, record(&region, 5), 8 * EPOCH | POISON);
    want(&tab, region.entry + E_QUARANTINED, 1);
    EQUAL(transition(&argument), 0, "the result");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");
    for (long offset = 5 * PAGE; offset < 6 * PAGE; offset += 8) {
        EQUAL(load(region.base + offset), pattern(offset), "a word of the page that came back");
    }
    EQUAL(load(region.base + 6 * PAGE), 0, "a word of the page that did not");
    put(region.base + 5 * PAGE, 3);
    uint64_t value = 0;
    EQUAL(pread(region.fd, &value, 8, 5 * PAGE), 8, "pread");
    EQUAL(value, 3, "what a store left in the file");
    events();
    /* And the guard holds for that page as before. */
    truncate_file(&region, 4);
    want_fault(&map, &tab, &region, region.base + 5 * PAGE + 16, 1);
    EQUAL(load(region.base + 5 * PAGE + 16), 0, "the value after the page failed again");
    check_image(&map, "the line map after the page failed again");
    check_image(&tab, "the guard table after the page failed again");
    EQUAL(events(), 1, "the eventfd's count");
}

static void refuses_a_wrong_expectation(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 6);
    put(region.base + 6 * PAGE, 42);     /* on the quarantine page */
    int other = file_of(8);
    uint64_t alien = 1;
    EQUAL(pwrite(other, &alien, 8, 5 * PAGE), 8, "pwrite");
    EQUAL(pwrite(other, &alien, 8, 6 * PAGE), 8, "pwrite");
    const uint64_t states[] = {0, 8 * EPOCH, QUARANTINED - 1, 1, QUARANTINED >> 1, 0xffffffffUL};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        put(record(&region, 5), states[i]);
        struct image map = map_image(&region);
        struct image tab = image_of(table, table_length(4));
        struct argument argument = give_back(&region, 5);
        argument.map_fd = other;
        argument.words[0] = 7;
        EQUAL(transition(&argument), 1, "the result for a page that is not quarantined");
        EQUAL(load(region.base + 5 * PAGE), pattern(5 * PAGE), "its first word");
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
        argument = give_back(&region, 6);
        argument.expected = 0;
        argument.map_fd = other;
        argument.words[0] = 7;
        EQUAL(transition(&argument), 1, "the result for a page that is quarantined");
        EQUAL(load(region.base + 6 * PAGE), 42, "its first word");
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
    }
}

static void reports_a_failed_mmap(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 6);
    put(region.base + 6 * PAGE, 42);
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    struct argument argument = give_back(&region, 6);
    argument.map_fd = -1;
    argument.words[0] = 7;
    EQUAL(transition(&argument), -EBADF, "the result for a bad descriptor");
    argument = give_back(&region, 6);
    argument.map_offset = 5;
    EQUAL(transition(&argument), -EINVAL, "the result for an odd offset");
    int fd = open("/dev/null", O_WRONLY);
    argument = give_back(&region, 6);
    argument.map_fd = fd;
    EQUAL(transition(&argument), -EACCES, "the result for a descriptor without read access");
    EQUAL(load(region.base + 6 * PAGE), 42, "what the quarantine page holds");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");
}

static void publishes_words_only(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    put(hazard(&region), 5 * EPOCH | 4);
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    struct argument argument = give_back(&region, 2);
    argument.expected = 0;
    argument.map_length = 0;
    argument.map_address = (uint64_t) region.base;
    argument.word_count = 3;
    argument.words[0] = 1;
    argument.words[1] = 1UL << 63;
    argument.words[2] = 0x1234567890abcdefUL;
    want(&map, word(&region, 2), 1);
    want(&map, word(&region, 3), 1UL << 63);
    want(&map, word(&region, 4), 0x1234567890abcdefUL);
    want(&map, hazard(&region), 6 * EPOCH | 4);
    want(&map, record(&region, 2), 6 * EPOCH | 4);
    EQUAL(transition(&argument), 0, "the result");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");
    EQUAL(load(region.base + 2 * PAGE), pattern(2 * PAGE), "a word of the page");

    /* Quarantined and not to be mapped: the record and the count change, the memory does not. */
    truncate_file(&region, 6);
    put(region.base + 7 * PAGE, 42);
    map = map_image(&region);
    tab = image_of(table, table_length(4));
    argument = give_back(&region, 7);
    argument.map_length = 0;
    want(&map, word(&region, 7), 0);
    want(&map, hazard(&region), 8 * EPOCH | 4 | POISON);
    want(&map, record(&region, 7), 8 * EPOCH | 4 | POISON);
    want(&tab, region.entry + E_QUARANTINED, 0);
    EQUAL(transition(&argument), 0, "the result for a quarantined page");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");
    EQUAL(load(region.base + 7 * PAGE), 42, "what the page held");
}

static void check_mask(const sigset_t *wanted, const char *what)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int i = 1; i < 64; i++) {
        if (sigismember(&mask, i) != sigismember(wanted, i)) {
            fail("%s: signal %d is %s", what, i, sigismember(&mask, i) ? "blocked" : "not blocked");
        }
    }
}

static void restores_the_signal_mask(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    for (int with_bus = 0; with_bus <= 1; with_bus++) {
        sigset_t set, mask;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigaddset(&set, SIGRTMIN + 3);
        if (with_bus) {
            sigaddset(&set, SIGBUS);
        }
        sigprocmask(SIG_SETMASK, &set, NULL);
        sigprocmask(SIG_BLOCK, NULL, &mask);
        struct argument argument = give_back(&region, 5);
        EQUAL(transition(&argument), 1, "the result");
        check_mask(&mask, "after result 1");
        put(record(&region, 5), QUARANTINED);
        argument.map_fd = -1;
        EQUAL(transition(&argument), -EBADF, "the result");
        check_mask(&mask, "after a failed mmap");
        argument.map_fd = region.fd;
        EQUAL(transition(&argument), 0, "the result");
        check_mask(&mask, "after result 0");
    }
}

__attribute__((noinline)) static void keeps_registers(struct argument *argument, volatile uint64_t *in)
{
    /* More live values than there are callee-saved registers. */
    uint64_t a = in[0], b = in[1], c = in[2], d = in[3], e = in[4], f = in[5], g = in[6], h = in[7];
    uint64_t k = in[8], l = in[9], m = in[10], n = in[11];
    __asm__ volatile("" : "+r" (a), "+r" (b), "+r" (c), "+r" (d), "+r" (e), "+r" (f));
    long result = transition(argument);
    EQUAL(result, 1, "the result");
    uint64_t out[] = {a, b, c, d, e, f, g, h, k, l, m, n};
    for (int i = 0; i < 12; i++) {
        EQUAL(out[i], in[i], "a value that lived through the transition");
    }
}

static void *give_back_in_thread(void *argument)
{
    return (void *) transition(argument);
}

static void blocks_sigbus_in_the_transition(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    uint64_t in[12];
    for (int i = 0; i < 12; i++) {
        in[i] = 0x0101010101010101UL * (i + 1);
    }
    struct argument argument = give_back(&region, 5);
    keeps_registers(&argument, in);

    /* A SIGBUS that comes while the transition waits for its lock, or holds it, must come after it. */
    truncate_file(&region, 4);
    load(region.base + 5 * PAGE);
    restore_file(&region);
    put_int(region.entry + E_LOCK, 1);
    pthread_t thread;
    void *result;
    watched_record = record(&region, 5);
    old_mode = RECORD;
    pthread_create(&thread, NULL, give_back_in_thread, &argument);
    nap(20);
    EQUAL(get(record(&region, 5)), QUARANTINED, "the page's state while the lock is held");
    pthread_kill(thread, SIGBUS);
    nap(20);
    EQUAL(old_calls, 0, "the calls of the old handler while the transition waits");
    put_int(region.entry + E_LOCK, 0);
    pthread_join(thread, &result);
    EQUAL(result, 0, "the result");
    EQUAL(old_calls, 1, "the calls of the old handler afterwards");
    EQUAL(seen_record, 7 * EPOCH | POISON, "the page's state when the signal came");
    EQUAL(get_int(region.entry + E_LOCK), 0, "the lock");
}

/* ---- the lock ---- */

static void *load_in_thread(void *address)
{
    return (void *) load(address);
}

static void waits_for_the_lock(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 4);
    struct image map = map_image(&region);
    put_int(region.entry + E_LOCK, 1);
    struct image tab = image_of(table, table_length(4));
    pthread_t thread;
    void *value;
    pthread_create(&thread, NULL, load_in_thread, region.base + 5 * PAGE);
    nap(20);
    check_image(&map, "the line map while the lock is held");
    check_image(&tab, "the guard table while the lock is held");
    put_int(region.entry + E_LOCK, 0);
    pthread_join(thread, &value);
    EQUAL(value, 0, "the value from the quarantine page");
    EQUAL(get(region.entry + E_LIST), 6, "the head of the list");
    EQUAL(get_int(region.entry + E_LOCK), 0, "the lock");
    EQUAL(events(), 1, "the eventfd's count");
}

static void gives_up_on_a_range_that_went(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 4);
    struct image map = map_image(&region);
    put_int(region.entry + E_LOCK, 1);
    pthread_t thread;
    void *value;
    old_mode = MAP_PAGE;
    pthread_create(&thread, NULL, load_in_thread, region.base + 5 * PAGE + 24);
    nap(50);
    EQUAL(old_calls, 0, "the calls of the old handler while the lock is held");
    put(region.entry + E_LENGTH, 0);
    struct image tab = image_of(table, table_length(4));
    want(&tab, region.entry + E_LOCK, (uint64_t) 12 << 32);
    put_int(region.entry + E_LOCK, 0);
    pthread_join(thread, &value);
    EQUAL(value, 0, "the value that the old handler left");
    EQUAL(old_calls, 1, "the calls of the old handler");
    EQUAL(old_signal, SIGBUS, "its signal");
    EQUAL(old_info.si_code, BUS_ADRERR, "its si_code");
    EQUAL(old_info.si_addr, region.base + 5 * PAGE + 24, "its si_addr");
    EQUAL(events(), 0, "the eventfd's count");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");
}

/* ---- g: mmap fails in the handler ---- */

static void forwards_when_mmap_fails(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 4);
    /* A range that starts within a page: mmap of its pages is EINVAL. */
    put(region.entry + E_ADDRESS, (uint64_t) region.base + 64);
    uint8_t *address = region.base + 5 * PAGE + 128;
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    want_fault(&map, &tab, &region, address, 1);
    old_mode = MAP_PAGE;
    EQUAL(load(address), 0, "the value that the old handler left");
    EQUAL(old_calls, 1, "the calls of the old handler");
    EQUAL(old_signal, SIGBUS, "its signal");
    EQUAL(old_info.si_code, BUS_ADRERR, "its si_code");
    EQUAL(old_info.si_addr, address, "its si_addr");
    EQUAL(events(), 0, "the eventfd's count");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");

    /* The arguments as they came. */
    siginfo_t info = {.si_signo = SIGBUS, .si_code = BUS_MCEERR_AR};
    char context[64];
    info.si_addr = region.base + 6 * PAGE + 128;
    old_mode = RECORD;
    handler(SIGBUS, &info, context);
    EQUAL(old_calls, 2, "the calls of the old handler");
    EQUAL(old_signal, SIGBUS, "its signal");
    EQUAL(old_info_address, &info, "its siginfo");
    EQUAL(old_context, context, "its context");
    EQUAL(get_int(region.entry + E_LOCK), 0, "the lock");
}

/* ---- m: memory errors ---- */

static void remembers_a_memory_error(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 4);
    uint8_t *address = region.base + 5 * PAGE;
    volatile uint64_t *link = (volatile uint64_t *) (record(&region, 5) + 8);
    load(region.base + 6 * PAGE);
    load(address);
    EQUAL(*link, 8, "the link, after a fault that was none");
    siginfo_t info = {.si_signo = SIGBUS, .si_code = BUS_MCEERR_AO};
    info.si_addr = address + 64;
    char context[64];
    for (int i = 0; i < 2; i++) {
        struct image map = map_image(&region);
        struct image tab = image_of(table, table_length(4));
        want_fault(&map, &tab, &region, info.si_addr, 0);
        want(&map, (uint8_t *) link, 8 | MEMORY_ERROR);
        handler(SIGBUS, &info, context);
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
    }
    /* Taken from the list, as Java does it: the link goes, the error stays, also when words alone are published. */
    EQUAL(__atomic_exchange_n((uint64_t *) (region.entry + E_LIST), 0, __ATOMIC_SEQ_CST), 6, "the head");
    EQUAL(__atomic_fetch_and(link, MEMORY_ERROR, __ATOMIC_SEQ_CST), 8 | MEMORY_ERROR, "the link");
    handler(SIGBUS, &info, context);
    EQUAL(get(region.entry + E_LIST), 0, "a page that is quarantined already is not listed again");
    struct argument argument = give_back(&region, 5);
    argument.map_length = 0;
    argument.expected = 0;
    EQUAL(transition(&argument), 1, "the result of publishing for a quarantined page");
    EQUAL(*link, MEMORY_ERROR, "the link before the page is given back");
    restore_file(&region);
    argument = give_back(&region, 5);
    EQUAL(transition(&argument), 0, "the result of giving back");
    EQUAL(*link, 0, "the link of a page that came back");
    /* Given back before it was taken from the list: the link stays. */
    info.si_code = BUS_MCEERR_AR;
    handler(SIGBUS, &info, context);
    EQUAL(*link, 1 | MEMORY_ERROR, "the link after a new error");
    EQUAL(get(region.entry + E_LIST), 6, "the head of the list");
    argument = give_back(&region, 5);
    EQUAL(transition(&argument), 0, "the result of giving back");
    EQUAL(*link, 1, "the link of a page that is on the list still");
    handler(SIGBUS, &info, context);
    EQUAL(*link, 1 | MEMORY_ERROR, "the link after an error of a page that is on the list still");
    EQUAL(get(region.entry + E_LIST), 6, "the head of the list");
    argument = give_back(&region, 5);
    EQUAL(transition(&argument), 0, "the result of giving back");
    truncate_file(&region, 4);
    load(address);
    EQUAL(*link, 1, "a fault that was none after one that was");
    EQUAL(get_int(region.entry + E_LOCK), 0, "the lock");
}

/* ---- h: many ranges ---- */

static void finds_a_range_among_many(void)
{
    install(old_handler);
    const long count = 1000;
    struct region decoy = make_region(1, 8, 12);
    struct region regions[] = {
        make_region(0, 8, 12), make_region(499, 8, 12), make_region(count - 1, 8, 12), make_region(count, 8, 12)};
    put_int(table + ENTRY_COUNT, count);        /* the last one is not looked at */
    for (long i = 1; i < count - 1; i++) {
        if (i == 499) {
            continue;
        }
        uint8_t *entry = entry_at(i);
        memcpy(entry, decoy.entry, ENTRY_LENGTH);
        if (i % 3 == 0) {
            /* A free entry, which may still have the address of a range that went. */
            put(entry + E_ADDRESS, (uint64_t) regions[1].base + 5 * PAGE);
            put(entry + E_LENGTH, 0);
        } else if (i % 3 == 1) {
            put(entry + E_ADDRESS, (uint64_t) regions[2].base + 8 * PAGE);
            put(entry + E_LENGTH, 64);
        } else {
            put(entry + E_ADDRESS, (uint64_t) regions[2].base - 64);
            put(entry + E_LENGTH, 64);
        }
    }
    struct image decoy_map = map_image(&decoy);
    struct image tab = image_of(table, table_length(count + 2));
    for (int i = 0; i < 3; i++) {
        truncate_file(&regions[i], 0);
        struct image map = map_image(&regions[i]);
        for (long page = 0; page < 8; page += 5 + 2 * (page == 5)) {
            want_fault(&map, &tab, &regions[i], regions[i].base + page * PAGE, 1);
            EQUAL(load(regions[i].base + page * PAGE), 0, "the value from the quarantine page");
            check_image(&map, "the line map");
            check_image(&tab, "the guard table");
        }
        /* The very last byte. */
        want_fault(&map, &tab, &regions[i], regions[i].base + 8 * PAGE - 1, 1);
        EQUAL(*(volatile uint8_t *) (regions[i].base + 8 * PAGE - 1), 0, "the last byte of the range");
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
    }
    struct image map = map_image(&regions[3]);
    truncate_file(&regions[3], 0);
    old_mode = MAP_PAGE;
    EQUAL(load(regions[3].base), 0, "the value that the old handler left");
    EQUAL(old_calls, 1, "the calls of the old handler for an entry behind the last");
    put_int(table + ENTRY_COUNT, 0);
    map_again(&regions[0], 3);
    EQUAL(load(regions[0].base + 3 * PAGE), 0, "the value that the old handler left");
    EQUAL(old_calls, 2, "the calls of the old handler without any entry");
    want(&tab, table + ENTRY_COUNT, 0);
    check_image(&map, "the line map behind the last");
    check_image(&decoy_map, "the line map of the decoys");
    check_image(&tab, "the guard table");
}

static void marks_the_whole_unit(void)
{
    const int shifts[] = {13, 16, 21};
    install(old_handler);
    for (int i = 0; i < 3; i++) {
        long unit_pages = 1L << (shifts[i] - 12);
        struct region region = make_region(i, 4 * unit_pages, shifts[i]);
        truncate_file(&region, unit_pages);
        struct image map = map_image(&region);
        struct image tab = image_of(table, table_length(4));
        uint8_t *address = region.base + (3 * unit_pages - 1) * PAGE + 72;
        want_fault(&map, &tab, &region, address, 1);
        EQUAL(load(address), 0, "the value from the quarantine page");
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
        for (long page = 0; page < region.pages; page++) {
            EQUAL(get(word(&region, page)), page / unit_pages == 2 ? ALL : 0, "a line word");
        }
        EQUAL(get(region.entry + E_LIST), 2 * unit_pages + 1, "the head of the list");
        EQUAL(load(region.base + 2 * unit_pages * PAGE), 0, "the first word of the unit");
        EQUAL(events(), 1, "the faults of a unit");
        EQUAL(load(region.base + unit_pages * PAGE), 0, "the first word of the unit before");
        EQUAL(events(), 1, "the faults of the unit before");
        EQUAL(get(record(&region, 2 * unit_pages) + 8), 1, "the first unit's link");
        EQUAL(get(record(&region, unit_pages) + 8), 2 * unit_pages + 2, "the second unit's link");

        restore_file(&region);
        map = map_image(&region);
        tab = image_of(table, table_length(4));
        struct argument argument = give_back(&region, 2 * unit_pages);
        for (long page = 0; page < unit_pages; page++) {
            argument.words[page] = page % 3;
            want(&map, word(&region, 2 * unit_pages + page), page % 3);
        }
        want(&map, hazard(&region), 8 * EPOCH | POISON);
        want(&map, record(&region, 2 * unit_pages), 8 * EPOCH | POISON);
        want(&tab, region.entry + E_QUARANTINED, 1);
        EQUAL(transition(&argument), 0, "the result");
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
        for (long offset = 2 * unit_pages * PAGE; offset < 3 * unit_pages * PAGE; offset += 8) {
            EQUAL(load(region.base + offset), pattern(offset), "a word of the unit that came back");
        }
        put(region.entry + E_LENGTH, 0);
    }
}

/* ---- j: threads ---- */

#define STRESS_PAGES 24

static struct region stressed;
static int bad_fd;
static volatile int stop;
static long verified, refused, atomics, given_back, published, failed_pages;
static int pending[STRESS_PAGES];

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* LineMap: an access that met the quarantine page either finds a bit set or finds that the epoch moved. */
static void *keep_loading(void *seed)
{
    uint64_t random = (uint64_t) seed * 0x9e3779b97f4a7c15UL;
    long sound = 0, not = 0, adds = 0;
    while (!stop) {
        uint64_t r = next_random(&random);
        /* Half of the accesses meet on few pages. */
        long page = r % 2 == 0 ? (long) (r >> 8) % 2 : (long) (r >> 8) % STRESS_PAGES;
        if (page < 0) {
            page = -page;
        }
        long offset = page * PAGE + (long) (r >> 40) % 256 * 8;
        uint64_t before = get(hazard(&stressed));
        uint64_t value = load(stressed.base + offset);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        uint64_t bits = get(word(&stressed, page));
        if ((bits >> (offset % PAGE / 64) & 1) == 0 && get(hazard(&stressed)) == before) {
            if (value != pattern(offset)) {
                fail("page %ld, offset %ld: a load that nothing refuses gave %#lx, should be %#lx", page,
                    offset % PAGE, (unsigned long) value, (unsigned long) pattern(offset));
            }
            sound++;
        } else {
            not++;
        }
        if (r >> 60 == 0) {
            /* The upper half of each page is for stores. */
            __atomic_fetch_add((uint64_t *) (stressed.base + offset + 2048), 1, __ATOMIC_SEQ_CST);
            adds++;
        }
    }
    __atomic_fetch_add(&verified, sound, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&refused, not, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&atomics, adds, __ATOMIC_SEQ_CST);
    return NULL;
}

static void take_list(void)
{
    uint64_t next = __atomic_exchange_n((uint64_t *) (stressed.entry + E_LIST), 0, __ATOMIC_SEQ_CST);
    while (next != 0) {
        long page = (long) next - 1;
        if (page < 0 || page >= STRESS_PAGES) {
            fail("page %ld is on the list", page);
        }
        if (pending[page]) {
            fail("page %ld was put on the list again before it was given back", page);
        }
        pending[page] = 1;
        next = __atomic_exchange_n((uint64_t *) (record(&stressed, page) + 8), 0, __ATOMIC_SEQ_CST) - 1;
    }
}

/* Gives back what the list says; every third page comes back bad. Makes sound pages bad in between. */
static void *keep_giving_back(void *seed)
{
    uint64_t random = (uint64_t) seed * 0x9e3779b97f4a7c15UL;
    while (!stop) {
        take_list();
        for (long page = 0; page < STRESS_PAGES; page++) {
            uint64_t r = next_random(&random);
            if (pending[page] && r % 4 != 0) {
                struct argument argument = give_back(&stressed, page);
                if (r % 3 == 0) {
                    argument.map_fd = bad_fd;
                }
                pending[page] = 0;
                EQUAL(transition(&argument), 0, "the result of giving back");
                given_back++;
            } else if (!pending[page] && r % 16 == 1) {
                must(mmap(stressed.base + page * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, bad_fd,
                    page * PAGE), "mmap");
                failed_pages++;
            }
        }
    }
    return NULL;
}

/* Refuses lines of pages that are mapped; 0 or 1 as result, both are right. */
static void *keep_publishing(void *seed)
{
    uint64_t random = (uint64_t) seed * 0x9e3779b97f4a7c15UL;
    while (!stop) {
        uint64_t r = next_random(&random);
        struct argument argument = give_back(&stressed, (r >> 8) % STRESS_PAGES);
        argument.expected = 0;
        argument.map_length = 0;
        argument.words[0] = r & 1 ? 0 : 1UL << (r >> 58);
        long result = transition(&argument);
        if (result != 0 && result != 1) {
            fail("the result of publishing words is %ld", result);
        }
        published += result == 0;
        if (r % 8 == 0) {
            nap(1);
        }
    }
    return NULL;
}

static void stays_consistent_under_threads(void)
{
    enum { LOADERS = 5 };
    pthread_t threads[LOADERS + 2];
    install(old_handler);
    stressed = make_region(3, STRESS_PAGES, 12);
    bad_fd = memfd_create("bad", MFD_CLOEXEC);
    for (uintptr_t i = 0; i < LOADERS; i++) {
        pthread_create(&threads[i], NULL, keep_loading, (void *) (i + 1));
    }
    pthread_create(&threads[LOADERS], NULL, keep_giving_back, (void *) 100);
    pthread_create(&threads[LOADERS + 1], NULL, keep_publishing, (void *) 200);
    for (int i = 0; i < 3; i++) {
        nap(400);
    }
    stop = 1;
    for (int i = 0; i < LOADERS + 2; i++) {
        pthread_join(threads[i], NULL);
    }
    uint64_t faults = events();
    take_list();
    long quarantined = 0;
    for (long page = 0; page < STRESS_PAGES; page++) {
        int state = get(record(&stressed, page)) == QUARANTINED;
        quarantined += state;
        EQUAL(state, pending[page], "whether a page that was listed and not given back is quarantined");
        if (state) {
            EQUAL(get(word(&stressed, page)), ALL, "a quarantined page's line word");
        }
    }
    EQUAL(get_int(stressed.entry + E_LOCK), 0, "the lock");
    EQUAL(get(stressed.entry + E_QUARANTINED), quarantined, "the count of quarantined pages");
    EQUAL(get(hazard(&stressed)) / EPOCH - 5, faults + given_back + published,
        "the epoch's steps, against faults, pages given back and words published");
    EQUAL(old_calls, 0, "the calls of the old handler");
    if (verified < 100 || refused < 100 || atomics < 10 || faults < 100 || given_back < 100 || published < 10) {
        fail("too little happened: %ld sound loads, %ld refused, %ld atomics, %lu faults, %ld pages given back, "
            "%ld words published", verified, refused, atomics, (unsigned long) faults, given_back, published);
    }
    printf("     %lu faults, %ld pages failed, %ld given back, %ld words published, %ld sound loads, %ld refused\n",
        (unsigned long) faults, failed_pages, given_back, published, verified, refused);
}

/* ---- k: nobody there before ---- */

static void check_death(handler_function *old, int what)
{
    fflush(stdout);
    pid_t child = fork();
    must_do(child, "fork");
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        must_do(dup2(open("/dev/null", O_WRONLY), 2), "dup2");      /* qemu tells of the death there */
        alarm(5);
        install(old);
        struct region region = make_region(0, 8, 12);
        truncate_file(&region, 4);
        EQUAL(load(region.base + 5 * PAGE), 0, "the value from the quarantine page");
        put(region.entry + E_LENGTH, 0);
        if (what == 0) {
            load(region.base + 6 * PAGE);
        } else {
            put(region.entry + E_ADDRESS, (uint64_t) region.base + 64);
            put(region.entry + E_LENGTH, 7 * PAGE);
            load(region.base + 6 * PAGE + 128);
        }
        _exit(9);
    }
    int status;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGBUS) {
        fail("a child with old handler %p and %s %s %d, should die of signal %d", (void *) old,
            what == 0 ? "no range" : "a failed mmap",
            WIFSIGNALED(status) ? "died of signal" : "left with status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), SIGBUS);
    }
}

static void dies_without_an_old_handler(void)
{
    for (int what = 0; what < 2; what++) {
        check_death(NULL, what);
        check_death((handler_function *) 1, what);
    }
}

/* ---- n: mappings that somebody else made ---- */

#define INODE 0x1234567890UL
#define MAJOR 0xfe
#define MINOR 0x10007
#define FILE_OFFSET 0x4000UL

static uint8_t *identity(const struct region *region)
{
    return region->base - 4096;
}

/* The region is a foreign mapping now, of a file from FILE_OFFSET on, and the kernel says so. */
static void make_foreign(const struct region *region)
{
    put_int(table + MAPS_FD, 77);
    region->entry[E_FOREIGN] = 1;
    put(identity(region), INODE);
    put(identity(region) + 8, (uint64_t) MINOR << 32 | MAJOR);
    put(identity(region) + 16, FILE_OFFSET - (uint64_t) region->base);
    answer_result = 0;
    answer = (struct map_query) {.start = (uint64_t) region->base + PAGE, .end = (uint64_t) region->base + 7 * PAGE,
        .offset = FILE_OFFSET + PAGE, .inode = INODE, .major = MAJOR, .minor = MINOR};
}

static void check_question(const void *address)
{
    EQUAL(asked_fd, 77, "the descriptor that was asked");
    EQUAL(asked_request, PROCMAP_QUERY, "the request");
    EQUAL(asked.size, sizeof asked, "the query's size");
    EQUAL(asked.flags, 0, "its flags");
    EQUAL(asked.address, address, "its address");
    EQUAL(asked.name_size | asked.build_id_size | asked.name | asked.build_id, 0, "its buffers");
}

static void contains_a_foreign_mapping(void)
{
    pretended = 1;
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 4);
    make_foreign(&region);
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    for (long page = 4; page < 7; page++) {
        uint8_t *address = region.base + page * PAGE + 72;
        want_fault(&map, &tab, &region, address, 1);
        EQUAL(load(address), 0, "the value from the quarantine page");
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
        check_question(address);
        EQUAL(asked_count, page - 3, "how often the kernel was asked");
    }
    EQUAL(events(), 3, "the eventfd's count");
    /* Memory errors as well, with all of the unit that is 8 KiB. */
    struct region large = make_region(1, 8, 13);
    truncate_file(&large, 0);
    make_foreign(&large);
    map = map_image(&large);
    tab = image_of(table, table_length(4));
    siginfo_t info = {.si_signo = SIGBUS, .si_code = BUS_MCEERR_AR};
    info.si_addr = large.base + 3 * PAGE;
    char context[64];
    want_fault(&map, &tab, &large, info.si_addr, 1);
    want(&map, record(&large, 2) + 8, 1 | MEMORY_ERROR);
    handler(SIGBUS, &info, context);
    check_image(&map, "the line map after a memory error");
    check_image(&tab, "the guard table after a memory error");
    EQUAL(load(large.base + 2 * PAGE), 0, "the first word of the unit");
}

/* A kernel that cannot be asked, and one that answers nonsense. */
static void contains_a_foreign_mapping_unasked(void)
{
    pretended = 1;
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 0);
    make_foreign(&region);
    put_int(table + MAPS_FD, (uint32_t) -1);
    answer_result = -ENOENT;
    EQUAL(load(region.base), 0, "the value from the quarantine page");
    EQUAL(asked_count, 0, "how often the kernel was asked");
    put_int(table + MAPS_FD, 77);
    const long errors[] = {ENOTTY, EINVAL, ESRCH, ENOMEM, EPERM, EINTR};
    for (long i = 0; i < 6; i++) {
        struct image map = map_image(&region);
        struct image tab = image_of(table, table_length(4));
        answer_result = -errors[i];
        want_fault(&map, &tab, &region, region.base + (i + 1) * PAGE, 1);
        EQUAL(load(region.base + (i + 1) * PAGE), 0, "the value from the quarantine page");
        EQUAL(asked_count, i + 1, "how often the kernel was asked");
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
    }
    EQUAL(get_int(region.entry + E_LOCK), 0, "the lock");
}

static void leaves_a_stranger_in_its_place(void)
{
    static siginfo_t info = {.si_signo = SIGBUS};
    static char context[64];
    pretended = 1;
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    make_foreign(&region);
    info.si_addr = region.base + 5 * PAGE + 8;
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));
    const struct map_query right = answer;
    old_mode = RECORD;
    for (int i = 0; i < 7; i++) {
        answer = right;
        answer.inode += i == 0 ? 1 : i == 1 ? 1UL << 32 : 0;
        answer.major += i == 2;
        answer.minor += i == 3;
        answer.offset += i == 4 ? PAGE : 0;
        answer.start += i == 5 ? PAGE : 0;
        if (i == 6) {
            /* Memory without a file, and not the quarantine page. */
            answer.inode = 0;
            answer.major = 0;
            answer.minor = 0;
            answer.offset = 0;
        }
        info.si_code = i % 2 == 0 ? BUS_ADRERR : BUS_MCEERR_AR;
        handler(SIGBUS, &info, context);
        EQUAL(old_calls, i + 1, "the calls of the old handler");
        EQUAL(old_signal, SIGBUS, "its signal");
        EQUAL(old_info_address, &info, "its siginfo");
        EQUAL(old_context, context, "its context");
        check_image(&map, "the line map");
        check_image(&tab, "the guard table");
        EQUAL(load(info.si_addr), pattern(5 * PAGE + 8), "a word of the stranger");
    }
    EQUAL(events(), 0, "the eventfd's count");
    answer = right;
    old_mode = UNEXPECTED;
    truncate_file(&region, 4);
    EQUAL(load(info.si_addr), 0, "the value from the quarantine page: the guard is still there");
}

static void leaves_a_page_alone_that_needs_nothing(void)
{
    siginfo_t info = {.si_signo = SIGBUS, .si_code = BUS_ADRERR};
    char context[64];
    pretended = 1;
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 4);
    make_foreign(&region);
    uint8_t *address = region.base + 5 * PAGE + 16;
    info.si_addr = address;
    load(address);
    put(address, 4711);
    events();
    struct image map = map_image(&region);
    struct image tab = image_of(table, table_length(4));

    /* A late signal: another thread has put the quarantine page there. */
    answer.inode = 0;
    answer.major = 0;
    answer.minor = 0;
    handler(SIGBUS, &info, context);
    EQUAL(load(address), 4711, "a word of the quarantine page");
    /* Nothing is mapped there any more. */
    answer_result = -ENOENT;
    info.si_addr = region.base + 2 * PAGE;
    handler(SIGBUS, &info, context);
    EQUAL(load(info.si_addr), pattern(2 * PAGE), "a word of a page that was said to be gone");
    check_image(&map, "the line map");
    check_image(&tab, "the guard table");
    EQUAL(events(), 0, "the eventfd's count");

    /* A memory error that nobody ran into, with and without the kernel being asked; a region's is contained. */
    info.si_code = BUS_MCEERR_AO;
    answer_result = 0;
    int before = asked_count;
    handler(SIGBUS, &info, context);
    put_int(table + MAPS_FD, (uint32_t) -1);
    handler(SIGBUS, &info, context);
    EQUAL(asked_count, before, "how often the kernel was asked");
    want(&tab, table + EVENT_FD, (uint64_t) (uint32_t) -1 << 32 | (uint32_t) event_fd);
    check_image(&map, "the line map after a memory error that nobody ran into");
    check_image(&tab, "the guard table after a memory error that nobody ran into");
    EQUAL(load(info.si_addr), pattern(2 * PAGE), "a word of a page that nobody touched");
    put_int(table + MAPS_FD, 77);

    /* A memory error of the quarantine page: another one comes in its place, or the access would fail for ever. */
    answer.inode = 0;
    info.si_code = BUS_MCEERR_AR;
    info.si_addr = address;
    handler(SIGBUS, &info, context);
    EQUAL(load(address), 0, "a word of the new quarantine page");
    EQUAL(get(region.entry + E_QUARANTINED), 1, "the count of quarantined pages");
    EQUAL(get_int(region.entry + E_LOCK), 0, "the lock");
    /* And one whose file was mapped there anew, and failed anew. */
    map_again(&region, 5);
    make_foreign(&region);
    EQUAL(load(address), 0, "the value from the quarantine page");
    EQUAL(get(region.entry + E_QUARANTINED), 1, "the count of quarantined pages");
}

/* The kernel itself, where it can be asked. */
static void asks_this_kernel(void)
{
    struct map_query query = {.size = sizeof query};
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    struct region other = make_region(1, 8, 12);
    query.address = (uint64_t) region.base;
    if (ioctl(fd, PROCMAP_QUERY, &query) < 0) {
        printf("     this kernel cannot be asked: %s\n", strerror(errno));
        return;
    }
    make_foreign(&region);
    put_int(table + MAPS_FD, fd);
    put(identity(&region), query.inode);
    put(identity(&region) + 8, (uint64_t) query.minor << 32 | query.major);
    put(identity(&region) + 16, query.offset - query.start);
    truncate_file(&region, 4);
    truncate_file(&other, 4);
    EQUAL(load(region.base + 5 * PAGE), 0, "the value from the quarantine page");
    EQUAL(load(region.base + 7 * PAGE), 0, "the value from the quarantine page");
    EQUAL(get(region.entry + E_QUARANTINED), 2, "the count of quarantined pages");
    /* Another file in its place. */
    must(mmap(region.base, 8 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, other.fd, 0), "mmap");
    old_mode = JUMP;
    if (sigsetjmp(old_jump, 1) == 0) {
        load(region.base + 6 * PAGE);
    }
    EQUAL(old_calls, 1, "the calls of the old handler for another file");
    /* The same file, elsewhere. */
    must(mmap(region.base, 6 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, region.fd, 2 * PAGE), "mmap");
    if (sigsetjmp(old_jump, 1) == 0) {
        load(region.base + 3 * PAGE);
    }
    EQUAL(old_calls, 2, "the calls of the old handler for another place in the file");
    /* Nothing. */
    must_do(munmap(region.base, 8 * PAGE), "munmap");
    siginfo_t info = {.si_signo = SIGBUS, .si_code = BUS_ADRERR};
    char context[64];
    info.si_addr = region.base + 4 * PAGE;
    handler(SIGBUS, &info, context);
    EQUAL(old_calls, 2, "the calls of the old handler for nothing");
    EQUAL(msync(region.base + 4 * PAGE, PAGE, MS_ASYNC), -1, "msync of what is not mapped");
    EQUAL(get(region.entry + E_QUARANTINED), 2, "the count of quarantined pages");
    /* Memory without a file. */
    must(mmap(region.base, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), "mmap");
    put(region.base + 4 * PAGE, 42);
    old_mode = RECORD;
    handler(SIGBUS, &info, context);
    EQUAL(old_calls, 3, "the calls of the old handler for somebody else's memory");
    EQUAL(load(region.base + 4 * PAGE), 42, "somebody else's memory");
    EQUAL(get_int(region.entry + E_LOCK), 0, "the lock");
}

/* A handler that waits for a range finds it withdrawn, and another one in its place. */
static void finds_the_range_that_came_instead(void)
{
    install(old_handler);
    struct region region = make_region(0, 8, 12);
    truncate_file(&region, 4);
    struct region instead = make_region(1, 8, 12);
    put(instead.entry + E_LENGTH, 0);
    put(instead.entry + E_ADDRESS, (uint64_t) region.base);
    struct image map = map_image(&region);
    put_int(region.entry + E_LOCK, 1);
    pthread_t thread;
    void *value;
    pthread_create(&thread, NULL, load_in_thread, region.base + 5 * PAGE + 24);
    nap(50);
    put(instead.entry + E_LENGTH, 8 * PAGE);
    put(region.entry + E_LENGTH, 0);
    put_int(region.entry + E_LOCK, 0);
    pthread_join(thread, &value);
    EQUAL(value, 0, "the value from the quarantine page");
    EQUAL(old_calls, 0, "the calls of the old handler");
    EQUAL(get(instead.entry + E_LIST), 6, "the head of the list of the range that came");
    EQUAL(get(region.entry + E_LIST), 0, "the head of the list of the range that went");
    EQUAL(get(word(&instead, 5)), ALL, "the page's line word");
    EQUAL(get_int(region.entry + E_LOCK), 0, "the lock of the range that went");
    EQUAL(get_int(instead.entry + E_LOCK), 0, "the lock of the range that came");
    EQUAL(events(), 1, "the eventfd's count");
    check_image(&map, "the line map of the range that went");
}

static const struct { const char *name; void (*run)(void); } cases[] = {
    {"a-contains-a-load", contains_a_load},
    {"b-links-pages-once", links_pages_once},
    {"c-contains-stores-and-atomics", contains_stores_and_atomics},
    {"d-leaves-other-addresses-to-the-old-handler", leaves_other_addresses_to_the_old_handler},
    {"d-passes-arguments-on-as-they-came", passes_arguments_on_as_they_came},
    {"e-leaves-sent-signals-to-the-old-handler", leaves_sent_signals_to_the_old_handler},
    {"f-gives-a-page-back", gives_a_page_back},
    {"f-refuses-a-wrong-expectation", refuses_a_wrong_expectation},
    {"f-reports-a-failed-mmap", reports_a_failed_mmap},
    {"f-publishes-words-only", publishes_words_only},
    {"f-restores-the-signal-mask", restores_the_signal_mask},
    {"f-blocks-sigbus-in-the-transition", blocks_sigbus_in_the_transition},
    {"g-forwards-when-mmap-fails", forwards_when_mmap_fails},
    {"h-finds-a-range-among-many", finds_a_range_among_many},
    {"i-marks-the-whole-unit", marks_the_whole_unit},
    {"j-stays-consistent-under-threads", stays_consistent_under_threads},
    {"k-dies-without-an-old-handler", dies_without_an_old_handler},
    {"l-waits-for-the-lock", waits_for_the_lock},
    {"l-gives-up-on-a-range-that-went", gives_up_on_a_range_that_went},
    {"m-remembers-a-memory-error", remembers_a_memory_error},
    {"n-contains-a-foreign-mapping", contains_a_foreign_mapping},
    {"n-contains-a-foreign-mapping-unasked", contains_a_foreign_mapping_unasked},
    {"n-leaves-a-stranger-in-its-place", leaves_a_stranger_in_its_place},
    {"n-leaves-a-page-alone-that-needs-nothing", leaves_a_page_alone_that_needs_nothing},
    {"n-asks-this-kernel", asks_this_kernel},
    {"n-finds-the-range-that-came-instead", finds_the_range_that_came_instead},
};

static uint8_t *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(65536);
    if (file == NULL || (*length = fread(bytes, 1, 65536, file)) == 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    fclose(file);
    return bytes;
}

int main(int count, char **arguments)
{
    if (count < 4) {
        fprintf(stderr, "usage: %s HANDLER TRANSITION TABLE_OFFSET [CASE]\n", arguments[0]);
        return 2;
    }
    handler_bytes = read_file(arguments[1], &handler_length);
    transition_bytes = read_file(arguments[2], &transition_length);
    table_offset = strtoul(arguments[3], NULL, 10);
    if (sysconf(_SC_PAGESIZE) != PAGE || table_offset == 0 || table_offset + 8 > handler_length) {
        fprintf(stderr, "not a machine with pages of %ld bytes, or not a table offset: %s\n", PAGE, arguments[3]);
        return 2;
    }
    int failed = 0, run = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (count > 4 && strcmp(arguments[4], cases[i].name) != 0) {
            continue;
        }
        case_name = cases[i].name;
        fflush(stdout);
        pid_t child = fork();
        if (child < 0) {
            perror("fork");
            return 2;
        }
        if (child == 0) {
            struct rlimit none = {0, 0};
            setrlimit(RLIMIT_CORE, &none);
            alarm(20);
            cases[i].run();
            fflush(stdout);
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        run++;
        if (WIFSIGNALED(status)) {
            printf("FAIL %s: died of signal %d (%s)\n", case_name, WTERMSIG(status),
                WTERMSIG(status) == SIGALRM ? "it took too long" : strsignal(WTERMSIG(status)));
        }
        if (status == 0) {
            printf("ok   %s\n", case_name);
        } else {
            failed++;
        }
    }
    printf("%d cases, %d failed\n", run, failed);
    return failed == 0 && run > 0 ? 0 : 1;
}
