import { scriptText } from './script.ts'

/** Field of the hash that names its state; no override has such an id. */
const REVISION = 'rev'

/** Whatever else stands under the key, or more than ours ever come to, keeps overrides from those who need them. */
const SOUND = `
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind ~= 'none' and (kind ~= 'hash' or redis.call('HLEN', KEYS[1]) > 25000) then
    redis.call('UNLINK', KEYS[1])
  end`

/**
 * Writes an override down. KEYS the hash; ARGV 1 id, 2 value, 3 the new revision, 4 milliseconds that the
 * hash stays, 5 `1` to write over what stands there. Answers `put` or `stands`.
 */
export const WRITE_OVERRIDE = scriptText(`${SOUND}
  if ARGV[5] ~= '1' and redis.call('HGET', KEYS[1], ARGV[1]) then return {'stands'} end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], '${REVISION}', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return {'put'}`)

/**
 * All that stands there: `all`, the revision, then ids and values by turns; `same` where the revision is
 * still ARGV 1.
 */
export const READ_OVERRIDES = scriptText(`${SOUND}
  local revision = redis.call('HGET', KEYS[1], '${REVISION}') or ''
  if revision ~= '' and revision == ARGV[1] then return {'same'} end
  local answer = {'all', revision}
  for _, part in ipairs(redis.call('HGETALL', KEYS[1])) do answer[#answer + 1] = part end
  for i = 3, #answer, 2 do
    if answer[i] == '${REVISION}' then
      table.remove(answer, i)
      table.remove(answer, i)
      break
    end
  end
  return answer`)

/** Removes the fields ARGV. */
export const TIDY_OVERRIDES = scriptText(`
  redis.call('HDEL', KEYS[1], unpack(ARGV))
  return {'tidy'}`)
