-- Finds the memory's word, or begins a new memory with the one brought.
--
-- KEYS[1] the word: the one brought, a point, and the server's time in ms it was made at, of 15 digits.
-- ARGV[1] a random word, ARGV[2] its lifetime in ms. Answers the word that holds, a space, and the time
-- now in the same form.
local time = redis.call('TIME')
local now = string.format('%015d', time[1] * 1000 + math.floor(time[2] / 1000))
local found = redis.call('MGET', KEYS[1])[1]
local length = #ARGV[1]
if found and #found == length + 16
  and string.find(string.sub(found, 1, length), '^[%w_-]+$')
  and string.find(string.sub(found, length + 1), '^%.%d+$')
then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return found .. ' ' .. now
end
local made = ARGV[1] .. '.' .. now
redis.call('SET', KEYS[1], made, 'PX', ARGV[2])
return made .. ' ' .. now
