-- What every script over counters begins with; the others are appended to it.
--
-- KEYS[1] the memory's word, KEYS[2..] one counter each, in the order of the packed entries
-- ARGV[1] the word the asker knows, ARGV[2] little-endian doubles, four of head, then the entries:
--         head: number of the asking process, lease of running calls in ms, latest server time in ms
--         at which this may still be carried out, one number of the script's own
--
-- A counter is 24 bytes, three doubles: used, previous, end of its life in ms. Running calls are 24
-- bytes for each process: its number, how many, end of their lease in ms. Whatever else is found is
-- taken for nothing, overwritten or deleted, and counted as repaired. All time is the server's.
-- Answers 'forgotten' where the word is another or gone, and 'late' with the time in ms as a double past
-- the latest time: then the asker has given up already, and to carry it out would charge a call that
-- was never let through (requests to a frozen server are all carried out once it thaws).
local call, pack, unpack_bytes = redis.call, struct.pack, struct.unpack
local ROLLING, RUNNING = 2, 3
local LARGEST = 9007199254740991
local LONGEST_MS = 90 * 86400000
local FARTHEST_MS = 2 * LONGEST_MS + 86400000
local MOST_PROCESSES = 1024
local NOTHING = pack('<ddd', 0, 0, 0)

local values = call('MGET', unpack(KEYS))
if values[1] ~= ARGV[1] then return 'forgotten' end
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local packed = ARGV[2]
local process, lease, latest, own_number, at = unpack_bytes('<dddd', packed)
if now > latest then return 'late' .. pack('<d', now) end

local counters, repaired, key_at = {}, 0, 1

-- MGET answers nil for keys of another type too, which are in nobody's way but must be reported.
local absent = {}
for k = 2, #KEYS do
  if not values[k] then absent[#absent + 1] = KEYS[k] end
end
if absent[1] and call('EXISTS', unpack(absent)) > 0 then
  for _, key in ipairs(absent) do repaired = repaired + call('DEL', key) end
end

local function sound(number) return number >= 0 and number <= LARGEST end

local function window_of(value)
  if value then
    if #value == 24 then
      local used, previous, expires = unpack_bytes('<ddd', value)
      if sound(used) and sound(previous) and expires >= 0 and expires <= now + FARTHEST_MS then
        if expires > now then
          return { used = used, previous = previous, expires = expires, raw = value, lives = expires }
        end
        value = false
      end
    end
    if value then repaired = repaired + 1 end
  end
  return { used = 0, previous = 0, expires = 0, raw = NOTHING }
end

-- `own` of this process, `others` of all others, whose bytes stand in `rest`.
local function running_of(key, value)
  local counter = { own = 0, others = 0, rest = '', running = true }
  if not value then return counter end
  local rest = {}
  if #value == 0 or #value % 24 ~= 0 or #value > MOST_PROCESSES * 24 then
    repaired = repaired + 1
    call('DEL', key)
    return counter
  end
  for from = 1, #value - 23, 24 do
    local id, running, expires = unpack_bytes('<ddd', value, from)
    if not (sound(id) and sound(running) and expires >= 0 and expires <= now + 10 * lease) then
      repaired = repaired + 1
      call('DEL', key)
      return { own = 0, others = 0, rest = '', running = true }
    end
    if expires > now then
      if id == process then
        counter.own = running
      else
        counter.others = counter.others + running
        rest[#rest + 1] = string.sub(value, from, from + 23)
        if expires > (counter.latest or 0) then counter.latest = expires end
      end
    end
  end
  counter.rest = table.concat(rest)
  return counter
end

-- The counter of the next entry; a key that stands there twice is one counter.
local function next_counter(running)
  key_at = key_at + 1
  local key = KEYS[key_at]
  local counter = counters[key]
  if not counter then
    counter = running and running_of(key, values[key_at]) or window_of(values[key_at])
    counters[key] = counter
  end
  return counter
end

-- What would make no counter, no number included, becomes the nearest that does.
local function bounded(number)
  if number < 0 then return 0 end
  if number <= LARGEST then return number end
  return LARGEST
end

local function set_window(counter, used, previous, expires)
  used, previous = bounded(used), bounded(previous)
  counter.used, counter.previous, counter.expires = used, previous, expires
  counter.raw = pack('<ddd', used, previous, expires)
  counter.changed = true
end

local function set_running(counter, own)
  counter.own, counter.changed = bounded(own), true
end

local function write_changed()
  for key, counter in pairs(counters) do
    if counter.changed then
      if not counter.running then
        if counter.lives == counter.expires then
          call('SET', key, counter.raw, 'KEEPTTL')
        else
          call('SET', key, counter.raw, 'PX', math.ceil(counter.expires - now))
        end
      elseif counter.own > 0 then
        local mine = pack('<ddd', process, counter.own, now + lease)
        local life = math.max(lease, (counter.latest or 0) - now)
        call('SET', key, counter.rest .. mine, 'PX', math.ceil(life))
      elseif counter.rest == '' then
        call('DEL', key)
      else
        call('SET', key, counter.rest, 'PX', math.ceil(counter.latest - now))
      end
    end
  end
end
