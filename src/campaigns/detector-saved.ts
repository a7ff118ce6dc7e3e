import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'

// The form: these eight bytes, a CRC-32 of the rest (big endian), the rest as V8 serialises it.
const MAGIC = Buffer.from('SWDETEC1', 'latin1')
const HEAD_BYTES = MAGIC.length + 4

/** A state of plain data, maps, sets and typed arrays as bytes. */
export const packState = (state: unknown): Uint8Array => {
  const body = serialize(state)
  const head = Buffer.alloc(HEAD_BYTES)
  MAGIC.copy(head)
  head.writeUInt32BE(crc32(body), MAGIC.length)
  return Buffer.concat([head, body])
}

/** What {@link packState} was given; throws a sentence for anything that is not whole or of another version. */
export const unpackState = (bytes: Uint8Array): unknown => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEAD_BYTES || !buffer.subarray(0, MAGIC.length).equals(MAGIC))
    throw new Error('it is not a detector state of this version')
  const body = buffer.subarray(HEAD_BYTES)
  if (crc32(body) !== buffer.readUInt32BE(MAGIC.length)) throw new Error('its checksum is wrong')
  return deserialize(body)
}
