-- Corrects charges in the window they were made in, and in no other. See counter.lua.
--
-- Entries, four doubles each: align, window in ms, expiry of the charge in ms, what to add.
-- Answers one double, the repaired counters. The same as correct() of limits/compact-counters.ts.
while at <= #packed do
  local align, length, expires, delta, after = unpack_bytes('<dddd', packed, at)
  at = after
  local counter = next_counter(align == RUNNING)
  if align == RUNNING then
    if counter.own > 0 then set_running(counter, counter.own + delta) end
  elseif counter.expires > 0 and counter.expires == expires then
    set_window(counter, counter.used + delta, counter.previous, expires)
  elseif align == ROLLING and counter.expires == expires + length then
    set_window(counter, counter.used, counter.previous + delta, counter.expires)
  end
end
write_changed()
return pack('<d', repaired)
