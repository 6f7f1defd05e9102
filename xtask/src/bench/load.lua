-- The requests of one measurement, for wrk:
--   wrk -s load.lua URL -- METHOD PATH BODY VALUES TOKENS SEED
-- `{}` in the path or the body becomes a random line of the file VALUES; each request has a random line of the file TOKENS
-- as its access token. `-` stands for none.

local function given(text)
    return text ~= "-" and text or nil
end

local function lines(name)
    local all = {}
    for line in io.lines(name) do
        all[#all + 1] = line
    end
    return all
end

-- The text before and after the place of the value; only one part without a place.
local function parts(text)
    local from, to = text:find("{}", 1, true)
    if not from then
        return text, nil
    end
    return text:sub(1, from - 1), text:sub(to + 1)
end

local values, tokens
local before, after, body_before, body_after

function init(args)
    local method, path, body, file, token_file, seed = unpack(args)
    math.randomseed(tonumber(seed))
    values = given(file) and lines(file)
    tokens = given(token_file) and lines(token_file)
    local path_before, path_after = parts(path)
    local head = " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\n"
    before = method .. " " .. path_before
    if path_after then
        after = path_after .. head
    else
        before = before .. head
    end
    if given(body) then
        body_before, body_after = parts(body)
    end
end

function request()
    local value = values and values[math.random(#values)]
    local text = after and before .. value .. after or before
    if tokens then
        text = text .. "Authorization: Bearer " .. tokens[math.random(#tokens)] .. "\r\n"
    end
    if not body_before then
        return text .. "\r\n"
    end
    local body = body_after and body_before .. value .. body_after or body_before
    return text .. "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
    local errors = summary.errors
    local broken = errors.connect + errors.read + errors.write + errors.timeout
    print(string.format(
        "RESULT %d %d %d %d %d",
        summary.requests, summary.duration, latency:percentile(99), errors.status, broken
    ))
end
