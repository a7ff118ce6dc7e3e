-- Says that a process lives, and answers which do.
--
-- KEYS[1] a hash, a field a process: 8 bytes of time in ms as a little-endian double, then its note;
-- KEYS[2] the memory's word. ARGV[1] id, ARGV[2] note, ARGV[3] lifetime of a process in ms, ARGV[4] that
-- of the word in ms. Answers ids and notes by turns. What is stale or no such field is removed.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], struct.pack('<d', now) .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local life = tonumber(ARGV[3])
local living, fields = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local id, value = fields[i], fields[i + 1]
  local said = #value >= 8 and struct.unpack('<d', value) or 0
  if said > now - life and said <= now + life then
    living[#living + 1] = id
    living[#living + 1] = string.sub(value, 9)
  else
    redis.call('HDEL', KEYS[1], id)
  end
end
return living
