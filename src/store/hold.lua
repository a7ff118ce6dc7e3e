-- Says how many calls of each key run in the asking process; the number replaces what it said before,
-- and falls back where it is not said again within the lease. See counter.lua.
--
-- Entries, one double each: calls that run. Own number of the head: the lifetime of the memory's word in
-- ms, which is renewed. Answers one double, the repaired counters.
call('PEXPIRE', KEYS[1], own_number)
while at <= #packed do
  local running, after = unpack_bytes('<d', packed, at)
  at = after
  set_running(next_counter(true), running)
end
write_changed()
return pack('<d', repaired)
