-- Finds the memory's word, or begins a new memory with the one brought.
--
-- KEYS[1] the word. ARGV[1] a random word, ARGV[2] its lifetime in ms. Answers the word that holds.
local found = redis.call('MGET', KEYS[1])[1]
if found and #found == #ARGV[1] and string.find(found, '^[%w_-]+$') then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return found
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
