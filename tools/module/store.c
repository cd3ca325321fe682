/*
 * The flash file with its two record slots, and the same in anonymous memory.
 */
#include "tools/module/store.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOT_DISTANCE 4096u
#define BANK_START    (UINT64_C(1) << 20)
#define SLOT_RECORD   16u
#define SLOT_CRC      (SLOT_RECORD + RECORD_SIZE)
#define SLOT_SIZE     (SLOT_CRC + 4u)

static const char magic[8] = {'U', 'X', 'M', 'F', 'L', 'A', 'S', 'H'};

struct store {
	int file;        /* -1: in memory */
	uint8_t *memory; /* both banks, one behind the other */
	uint64_t bank_size;
	uint64_t sequence; /* of the record that counts; 0: there is none */
	uint8_t record[RECORD_SIZE];
};

static uint64_t bank_offset(unsigned bank)
{
	return BANK_START + bank * STORE_BANK_MOST;
}

/* Writes or reads all of it; the kernel may do less at a time. */
static bool write_all(int file, const uint8_t *bytes, size_t length, uint64_t offset)
{
	while (length > 0) {
		ssize_t some = pwrite(file, bytes, length, (off_t)offset);
		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0)
			return false;
		bytes += some;
		length -= (size_t)some;
		offset += (uint64_t)some;
	}
	return true;
}

/* Behind the file's end there are zeros, as in a hole. */
static bool read_all(int file, uint8_t *bytes, size_t length, uint64_t offset)
{
	while (length > 0) {
		ssize_t some = pread(file, bytes, length, (off_t)offset);
		if (some < 0 && errno == EINTR)
			continue;
		if (some < 0)
			return false;
		if (some == 0) {
			memset(bytes, 0, length);
			return true;
		}
		bytes += some;
		length -= (size_t)some;
		offset += (uint64_t)some;
	}
	return true;
}

static void read_slot(struct store *store, unsigned number)
{
	uint8_t slot[SLOT_SIZE];
	uint64_t sequence;
	uint32_t crc;

	if (!read_all(store->file, slot, sizeof(slot), (uint64_t)number * SLOT_DISTANCE))
		return;
	memcpy(&sequence, slot + 8, sizeof(sequence));
	memcpy(&crc, slot + SLOT_CRC, sizeof(crc));
	sequence = le64toh(sequence);
	if (memcmp(slot, magic, sizeof(magic)) != 0 || sequence <= store->sequence ||
	    le32toh(crc) != uxm_wire_crc(slot, SLOT_CRC))
		return;
	store->sequence = sequence;
	memcpy(store->record, slot + SLOT_RECORD, RECORD_SIZE);
}

static bool write_slot(struct store *store, const uint8_t record[RECORD_SIZE])
{
	uint64_t next = store->sequence + 1;
	uint64_t sequence = htole64(next);
	uint8_t slot[SLOT_SIZE];
	uint32_t crc;

	memcpy(slot, magic, sizeof(magic));
	memcpy(slot + 8, &sequence, sizeof(sequence));
	memcpy(slot + SLOT_RECORD, record, RECORD_SIZE);
	crc = htole32(uxm_wire_crc(slot, SLOT_CRC));
	memcpy(slot + SLOT_CRC, &crc, sizeof(crc));
	return write_all(store->file, slot, sizeof(slot), next % 2 * SLOT_DISTANCE);
}

static bool load(void *self, uint8_t record[RECORD_SIZE])
{
	const struct store *store = self;

	if (store->sequence == 0)
		return false;
	memcpy(record, store->record, RECORD_SIZE);
	return true;
}

static bool save(void *self, const uint8_t record[RECORD_SIZE])
{
	struct store *store = self;

	if (store->file >= 0 && !write_slot(store, record))
		return false;
	memcpy(store->record, record, RECORD_SIZE);
	store->sequence++;
	return true;
}

static bool write_bank(void *self, unsigned bank, uint64_t offset, const uint8_t *bytes,
		       size_t length)
{
	struct store *store = self;

	if (offset > store->bank_size || length > store->bank_size - offset)
		return false;
	if (store->file >= 0)
		return write_all(store->file, bytes, length, bank_offset(bank) + offset);
	memcpy(store->memory + bank * store->bank_size + offset, bytes, length);
	return true;
}

static bool read_bank(void *self, unsigned bank, uint64_t offset, uint8_t *bytes, size_t length)
{
	const struct store *store = self;

	if (offset > store->bank_size || length > store->bank_size - offset)
		return false;
	if (store->file >= 0)
		return read_all(store->file, bytes, length, bank_offset(bank) + offset);
	memcpy(bytes, store->memory + bank * store->bank_size + offset, length);
	return true;
}

static bool discard_bank(void *self, unsigned bank)
{
	struct store *store = self;

	/* Gives the space back. Where the file system cannot, the old bytes stay and do no harm:
	 * what counts of a bank is in the record. */
	if (store->file >= 0) {
		(void)fallocate(store->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				(off_t)bank_offset(bank), (off_t)store->bank_size);
	} else {
		(void)madvise(store->memory + bank * store->bank_size, store->bank_size,
			      MADV_DONTNEED);
	}
	return true;
}

static bool open_file(struct store *store, const char *path, struct uxm_failure *why)
{
	store->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (store->file < 0) {
		uxm_fail(why, UXM_INTERNAL, "The flash file %s cannot be opened: %s.", path,
			 strerror(errno));
		return false;
	}
	if (flock(store->file, LOCK_EX | LOCK_NB) != 0) {
		uxm_fail(why, UXM_INTERNAL,
			 "The flash file %s is in use by another module; give each one its own.",
			 path);
		return false;
	}
	read_slot(store, 0);
	read_slot(store, 1);
	return true;
}

struct store *store_open(const char *path, uint64_t bank_size, struct uxm_failure *why)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct store *store = calloc(1, sizeof(*store));
	void *memory;

	if (store == NULL) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory for a module's flash.");
		return NULL;
	}
	store->file = -1;
	store->bank_size = (bank_size + page - 1) / page * page;
	if (path != NULL) {
		if (!open_file(store, path, why))
			goto fail;
		return store;
	}
	memory = mmap(NULL, 2 * store->bank_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		uxm_fail(why, UXM_INTERNAL, "There is no memory for a module's flash.");
		goto fail;
	}
	store->memory = memory;
	return store;
fail:
	store_close(store);
	return NULL;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	if (store->file >= 0)
		close(store->file);
	if (store->memory != NULL)
		munmap(store->memory, 2 * store->bank_size);
	free(store);
}

struct device_storage store_table(struct store *store)
{
	static const struct device_storage_ops ops = {
		.load = load,
		.save = save,
		.write = write_bank,
		.read = read_bank,
		.discard = discard_bank,
	};

	return (struct device_storage){.ops = &ops, .self = store};
}
