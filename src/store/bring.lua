-- Adds what a process counted while the ledger could not be asked. See counter.lua.
--
-- Entries, three doubles each: used, previous, expiry in ms; amounts may be negative. The same window is
-- added to; where none runs, the counter is set as it is brought; of two different windows all that was
-- used counts until the later end, which is stricter than either. Never below 0. The same as mergedAt
-- of limits/window.ts. Answers one double, the repaired counters.
while at <= #packed do
  local used, previous, expires, after = unpack_bytes('<ddd', packed, at)
  at = after
  local counter = next_counter(false)
  -- What is no number or no time is not believed.
  if expires > now and expires <= now + FARTHEST_MS and used == used and previous == previous then
    if counter.expires == 0 or counter.expires == expires then
      set_window(counter, counter.used + used, counter.previous + previous, expires)
    else
      set_window(counter, counter.used + math.max(0, used), math.max(counter.previous, previous),
        math.max(counter.expires, expires))
    end
  end
end
write_changed()
return pack('<d', repaired)
