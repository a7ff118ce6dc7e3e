import { scriptText, type Script } from './script.ts'

/** How long a store that was filled again takes no change, so that whoever knows more comes first; ms. */
export const SETTLE_MS = 2_000

/** What both begin with: the time, and the standing value or nothing; what can be none of ours is removed. */
const STANDING = `
  local t = redis.call('TIME')
  local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
  local stamp = string.format('%.0f', now)
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind ~= 'none' and (kind ~= 'hash' or redis.call('HLEN', KEYS[1]) > 8) then
    redis.call('UNLINK', KEYS[1])
  end
  local standing = redis.call('HGET', KEYS[1], 'set') or ''
  if string.len(standing) > 4200000 then
    redis.call('UNLINK', KEYS[1])
    standing = ''
  end`

/**
 * What stands there: `same` where that has the SHA-1 hash ARGV 1, in hexadecimal, else `other` and the value. KEYS the hash.
 */
export const LOOK: Script = scriptText(`${STANDING}
  if standing ~= '' and redis.sha1hex(standing) == ARGV[1] then return {'same', stamp} end
  return {'other', stamp, standing}`)

/**
 * Writes a set down. A value is a seal of 22 characters, the version, a semicolon, and the set. KEYS the
 * hash; ARGV 1 value, 2 its version, 3 `change`, for the version before it exactly, or `fill`, for any lower
 * one, 4 a standing value that counts for nothing, 5 by when this must be carried out. Answers `changed`,
 * `late`, `settling`, or `conflict` with what stands there, and the time. A change waits for ${SETTLE_MS} ms
 * after a set was filled in, and after the first change was asked for where nothing stands.
 */
export const WRITE: Script = scriptText(`${STANDING}
  if now > tonumber(ARGV[5]) then return {'late', stamp} end
  local version = 0
  if standing ~= '' and standing ~= ARGV[4] then
    version = tonumber(string.match(standing, '^......................(%d+);') or '0')
  end
  local wanted = tonumber(ARGV[2])
  if ARGV[3] == 'fill' then
    if version >= wanted then return {'conflict', stamp, standing} end
    redis.call('HSET', KEYS[1], 'set', ARGV[1], 'filled', stamp)
  else
    if version ~= wanted - 1 then return {'conflict', stamp, standing} end
    local filled = tonumber(redis.call('HGET', KEYS[1], 'filled') or '')
    if version == 0 and not filled then
      redis.call('HSET', KEYS[1], 'filled', stamp)
      redis.call('PEXPIRE', KEYS[1], '86400000')
      return {'settling', stamp}
    end
    if filled and now >= filled and now - filled < ${SETTLE_MS} then return {'settling', stamp} end
    redis.call('HSET', KEYS[1], 'set', ARGV[1])
    redis.call('HDEL', KEYS[1], 'filled')
  end
  redis.call('PEXPIRE', KEYS[1], '34560000000')
  return {'changed', stamp}`)
