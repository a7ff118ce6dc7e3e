-- Says that a fleet lives, and answers how many others do under the same prefix.
--
-- KEYS[1] a hash, a field a namespace: time in ms. ARGV[1] the own namespace, ARGV[2] how long a fleet
-- counts as living in ms. What is stale or no such field is removed.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local life = tonumber(ARGV[2])
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local others, fields = 0, redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local said = tonumber(fields[i + 1]) or 0
  if said <= now - life or said > now + life then
    redis.call('HDEL', KEYS[1], fields[i])
  elseif fields[i] ~= ARGV[1] then
    others = others + 1
  end
end
return others
