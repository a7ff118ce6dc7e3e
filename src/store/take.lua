-- Charges many calls, one after the other, each wholly or not at all. See counter.lua.
--
-- Own number of the head: 1 to charge, 0 only to read. Entries, for each call: the number of its claims,
-- then seven doubles a claim: two of its fingerprint (which the key says already), align (0 from first
-- use, 1 UTC, 2 rolling, 3 running calls), window in ms, amount, quota, 1 where enforced.
-- Answers doubles, for each call: time, 1 where admitted, repaired counters, then used, previous and
-- expiry of each claim as they stood before the call.

-- What is used up now; the same arithmetic as usedAt of limits/window.ts.
local function used_now(counter, align, length)
  local expires = counter.expires
  if now >= expires then return 0 end
  if align ~= ROLLING then return counter.used end
  local ends = expires - length
  if now >= ends then return counter.used * (expires - now) / length end
  return counter.used + math.min(counter.previous, counter.previous * (ends - now) / length)
end

-- The same as charge() of limits/compact-counters.ts.
local function charge(counter, align, length, amount)
  local fresh
  if align == 0 then
    fresh = now + length
  else
    fresh = now - now % length + length
    if align == ROLLING then fresh = fresh + length end
  end
  local expires = counter.expires
  if align == ROLLING and expires == fresh - length then
    set_window(counter, amount, counter.used, fresh)
  elseif now >= expires then
    set_window(counter, amount, 0, fresh)
  else
    set_window(counter, counter.used + amount, counter.previous, math.min(expires, fresh))
  end
end

local reply, said = {}, 0
local claims = {}
while at <= #packed do
  local count
  count, at = unpack_bytes('<d', packed, at)
  local head = #reply + 1
  reply[head] = ''
  local admitted, fitting = 1, 0
  for _ = 1, count do
    local _, _, align, length, amount, quota, enforced, after =
      unpack_bytes('<ddddddd', packed, at)
    at = after
    local counter = next_counter(align == RUNNING)
    local used
    if align == RUNNING then
      used = counter.own + counter.others
      reply[#reply + 1] = pack('<ddd', used, 0, 0)
    else
      used = length >= 1 and length <= LONGEST_MS and used_now(counter, align, length) or LARGEST
      reply[#reply + 1] = counter.raw
    end
    -- Written so that what is no number does not fit.
    if quota > 0 and amount >= 0 and used <= quota - amount then
      claims[fitting + 1], claims[fitting + 2] = counter, align
      claims[fitting + 3], claims[fitting + 4] = length, amount
      fitting = fitting + 4
    elseif enforced == 1 then
      admitted = 0
    end
  end
  if admitted == 1 and own_number == 1 then
    for i = 1, fitting, 4 do
      local counter, align = claims[i], claims[i + 1]
      if align == RUNNING then
        set_running(counter, counter.own + claims[i + 3])
      else
        charge(counter, align, claims[i + 2], claims[i + 3])
      end
    end
  end
  reply[head] = pack('<ddd', now, admitted, repaired - said)
  said = repaired
end
write_changed()
return table.concat(reply)
