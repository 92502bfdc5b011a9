-- What LuaJIT is made to do, with its compiler and without: it prints the same lines, and no times.

local bit = require("bit")
local ffi = require("ffi")

local function random(seed)
  local state = seed
  return function()
    state = bit.bxor(state, bit.lshift(state, 13))
    state = bit.bxor(state, bit.rshift(state, 17))
    state = bit.bxor(state, bit.lshift(state, 5))
    return state
  end
end

local function integers()
  local h = 0
  for i = 1, 5000000 do h = bit.tobit(bit.bxor(bit.rol(h, 5), i) * 3) end
  return h
end

local function sieve()
  local n, count = 500000, 0
  local composite = ffi.new("uint8_t[?]", n + 1)
  for i = 2, n do
    if composite[i] == 0 then
      count = count + 1
      for j = i * i, n, i do composite[j] = 1 end
    end
  end
  return count
end

local function sorting()
  local next, t = random(5), {}
  for i = 1, 50000 do t[i] = next() end
  table.sort(t)
  for i = 2, #t do if t[i - 1] > t[i] then return "unsorted" end end
  return t[1] .. " " .. t[25000] .. " " .. t[50000]
end

local function floats()
  local x, y, z = 1, 1, 1
  for _ = 1, 1000000 do
    local dx, dy, dz = 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z
    x, y, z = x + dx * 1e-3, y + dy * 1e-3, z + dz * 1e-3
  end
  return ("%.6f %.6f %.6f"):format(math.abs(x) < 100 and 1 or 0, math.sqrt(2), math.floor(z) < 100 and 1 or 0)
end

local function strings()
  local parts = {}
  for i = 1, 100000 do parts[#parts + 1] = (i * 7919 % 1000) .. ":" end
  local s = table.concat(parts)
  local _, n = s:gsub("9+:", "")
  return #s .. " " .. n .. " " .. #s:upper():reverse():rep(3)
end

local function tables()
  local next, t, n = random(6), {}, 0
  for i = 1, 300000 do
    local key = bit.band(next(), 4095)
    t["k" .. key] = (t["k" .. key] or 0) + i
  end
  for _, v in pairs(t) do n = n + v end
  return n
end

local function closures()
  local point = {}
  point.__index = point
  point.__add = function(a, b) return setmetatable({ x = a.x + b.x }, point) end
  local sum = setmetatable({ x = 0 }, point)
  local makers = {}
  for i = 1, 10 do makers[i] = function(k) return setmetatable({ x = k * i }, point) end end
  for i = 1, 1000000 do sum = sum + makers[i % 10 + 1](i % 3) end
  return sum.x
end

local function wide()
  local a = ffi.new("int64_t", 1)
  for i = 1, 1000000 do a = a * 6364136223846793005LL + i end
  return tostring(a)
end

local function generated()
  local sum = 0
  for n = 1, 200 do
    local f = loadstring("local a = ... local s = " .. n .. " for i = 1, a do s = (s * 3 + i) % 65521 end return s")
    for i = 1, 5 do sum = sum + f(200 + i) end
  end
  return sum
end

local function coroutines()
  local sum = 0
  local produce = coroutine.wrap(function() for i = 1, 300000 do coroutine.yield(i % 7) end end)
  for _ = 1, 300000 do sum = sum + produce() end
  return sum
end

local all = { integers, sieve, sorting, floats, strings, tables, closures, wide, generated, coroutines }
for n, program in ipairs(all) do print(n, program()) end
