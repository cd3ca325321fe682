/*
 * A module's flash: its record and two banks, in a file that survives the process, or in memory
 * that grows as it is touched.
 */
#ifndef MODULE_STORE_H
#define MODULE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/module/device.h"
#include "uxm/result.h"

/*
 * The file: two slots for the record at 0 and 4096, bank 0 at 1 MiB, bank 1 a GiB behind it; what
 * was never written is a hole. A slot is magic 8, sequence number 8, record, CRC-32 of all that;
 * the intact one with the higher number counts, and the other is the one that is written next, so
 * that an end of the process between any two writes leaves the old or the new record.
 */

/* The largest bank, in bytes. */
#define STORE_BANK_MOST (UINT64_C(1) << 30)

struct store;

/*
 * Opens the flash in the file `path`, which is made when there is none, or in memory when `path` is
 * NULL. A bank holds `bank_size` bytes, at most STORE_BANK_MOST. Returns NULL, and says why, when
 * the file cannot be opened, when another process has it, or when there is no memory.
 */
struct store *store_open(const char *path, uint64_t bank_size, struct uxm_failure *why);

/* Closes it; the file stays. NULL is allowed. */
void store_close(struct store *store);

/* The table through which the device model uses it; valid until it is closed. */
struct device_storage store_table(struct store *store);

#endif
