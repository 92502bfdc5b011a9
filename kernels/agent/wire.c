/*
 * Frames: kind u32, bytes u32, payload; little-endian, as this processor is.
 */

#include <string.h>
#include <sys/socket.h>

#include "agent.h"

uint32_t get_u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

void put_u32(uint8_t *at, uint32_t value) { memcpy(at, &value, sizeof value); }

void put_u64(uint8_t *at, uint64_t value) { memcpy(at, &value, sizeof value); }

static const uint8_t *take(struct fields *fields, size_t bytes) {
  if (fields->bad || (size_t)(fields->end - fields->at) < bytes) {
    fields->bad = true;
    return NULL;
  }
  const uint8_t *at = fields->at;
  fields->at += bytes;
  return at;
}

uint32_t take_u32(struct fields *fields) {
  const uint8_t *at = take(fields, 4);
  return at == NULL ? 0 : get_u32(at);
}

uint64_t take_u64(struct fields *fields) {
  const uint8_t *at = take(fields, 8);
  uint64_t value = 0;
  if (at != NULL) memcpy(&value, at, sizeof value);
  return value;
}

char *take_string(struct fields *fields) {
  uint32_t bytes = take_u32(fields);
  const uint8_t *at = take(fields, bytes);
  if (at == NULL) return NULL;
  if (bytes > 0 && at[bytes - 1] == 0) return (char *)at;
  fields->bad = true;
  return NULL;
}

bool send_small(int fd, uint32_t kind, const uint8_t *payload, uint32_t bytes) {
  uint8_t frame[CO_HEADER_BYTES + 64];
  if (bytes > 64) return false;
  put_u32(frame, kind);
  put_u32(frame + 4, bytes);
  if (bytes > 0) memcpy(frame + CO_HEADER_BYTES, payload, bytes);
  size_t all = CO_HEADER_BYTES + bytes;
  return send(fd, frame, all, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)all;
}
