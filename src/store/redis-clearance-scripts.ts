import { scriptText, type Script } from './script.ts'

/**
 * Writes a clearance down. A value is a seal of 22 characters, the time in milliseconds at which it runs out,
 * a semicolon, and what it is; whatever has another form is none of ours and is removed, as is something
 * else than a hash under the key, or one larger than any of ours. KEYS the subject's hash; ARGV 1 id, 2
 * value, 3 when it runs out, 4 until when it may be claimed, 5 by when this must be carried out, 6 most
 * fields, 7 a standing value that counts for nothing, 8 `1` to write over whatever stands there. Answers the
 * word and the time, and the value that stands there where it is `spent`.
 */
export const CLAIM: Script = scriptText(`
  local t = redis.call('TIME')
  local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind ~= 'none' and (kind ~= 'hash' or redis.call('HLEN', KEYS[1]) > 1000) then
    redis.call('UNLINK', KEYS[1])
  end
  local stamp = string.format('%.0f', now)
  local expires = tonumber(ARGV[3])
  if now > tonumber(ARGV[5]) then return {'late', stamp} end
  if now > tonumber(ARGV[4]) or expires <= now then return {'expired', stamp} end
  local standing = redis.call('HGET', KEYS[1], ARGV[1])
  if standing and ARGV[8] ~= '1' and standing ~= ARGV[7] then return {'spent', stamp, standing} end
  local latest = expires
  local count = 0
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    local till = tonumber(string.match(all[i + 1], '^......................(%d+);') or '0')
    if till <= now then
      redis.call('HDEL', KEYS[1], all[i])
    elseif all[i] ~= ARGV[1] then
      count = count + 1
      if till > latest then latest = till end
    end
  end
  if count >= tonumber(ARGV[6]) then return {'full', stamp} end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  local longest = now + 400 * 86400000
  if latest > longest then latest = longest end
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', latest - now))
  return {'claimed', stamp}`)

/** All that stands there of a subject: the time, then fields and values by turns. */
export const READ: Script = scriptText(`
  local t = redis.call('TIME')
  local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
  local answer = {string.format('%.0f', now)}
  if redis.call('TYPE', KEYS[1]).ok ~= 'hash' or redis.call('HLEN', KEYS[1]) > 1000 then return answer end
  for _, part in ipairs(redis.call('HGETALL', KEYS[1])) do answer[#answer + 1] = part end
  return answer`)
