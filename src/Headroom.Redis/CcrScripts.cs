namespace Headroom.Redis;

/// <summary>
/// The steps of the store that must be whole, in Redis's Lua. Everything of a workspace lies in one hash slot of a cluster, by the tag in its
/// keys; the only key that is passed is that of the state, from which the others follow. Times are Unix milliseconds of the caller.
/// <code>
/// {headroom:W}:state      hash: key (of HMAC), generation, pins, length (of all originals), stored (their bodies and all replacements)
/// {headroom:W}:originals  sorted set: hash by time of use; its pins are used when it is
/// {headroom:W}:created    sorted set: hash by time of storing
/// {headroom:W}:pins       sorted set: key of a pin without original by time of use
/// {headroom:W}:expired    sorted set: hash by time of removal
/// {headroom:W}:o:HASH     hash: e(ncoding), l(ength), c(reated), b(ody), p: the keys of its pins, joined
/// {headroom:W}:p:KEY      string: PinRecord
/// </code>
/// Each script but <see cref="Open"/> ends at once with nothing when the key is not the caller's: the data were lost or exchanged, and
/// the caller's hashes would lead nowhere. Else its reply begins with the generation, which grows when pins are removed.
/// </summary>
internal static class CcrScripts
{
    /// <summary>ARGV: a fresh key. Gives the key in force, the generation and what the server's clock shows, in milliseconds; 0 where the user may not ask for it.</summary>
    public const string Open = """
        local key = redis.call('HGET', KEYS[1], 'key')
        if not key then
          redis.call('HSET', KEYS[1], 'key', ARGV[1])
          key = ARGV[1]
        end
        local clock = redis.pcall('TIME')
        return {key, redis.call('HGET', KEYS[1], 'generation') or '0', clock.err and 0 or clock[1] * 1000 + math.floor(clock[2] / 1000)}
        """;

    /// <summary>ARGV: key, now. Fails where a write would fail.</summary>
    public const string Check = Prelude + """
        redis.call('HSET', KEYS[1], 'checked', ARGV[2])
        return reply
        """;

    /// <summary>ARGV: key, now, interval of notes, keys of pins. Gives a record or nothing for each pin; none whose original is gone.</summary>
    public const string FindPins = Prelude + """
        local now, before = ARGV[2], ARGV[2] - ARGV[3]
        for i = 4, #ARGV do
          local record = redis.call('GET', at .. 'p:' .. ARGV[i])
          if record and is_whole(record) then
            note(ARGV[i], record, now, before)
            reply[i - 2] = record
          else
            reply[i - 2] = false
          end
        end
        return reply
        """;

    /// <summary>
    /// ARGV: key, now, interval of notes, then for each proposal: key of the pin, record, encoding of the original, length, body, hash of these
    /// bytes (empty when the pin names none), 1 when it replaces an earlier one; at the end the latest time, in milliseconds of the server's clock, at which anybody still
    /// waits for the answer. Gives for each the record of an earlier pin, or nothing where the proposal is in force. After the latest time nothing is decided and nothing
    /// but the generation is given.
    /// </summary>
    public const string Pin = Prelude + """
        local clock, latest = redis.pcall('TIME'), tonumber(table.remove(ARGV))
        if not clock.err and clock[1] * 1000 + clock[2] / 1000 > latest then return reply end
        local now, before = ARGV[2], ARGV[2] - ARGV[3]
        for i = 4, #ARGV, 7 do
          local pin, hash = ARGV[i], ARGV[i + 5]
          local record = redis.call('GET', at .. 'p:' .. pin)
          if record and not is_whole(record) then
            -- The server has thrown the original away by itself: with the same one at hand it is whole again, else it is void.
            if hash_in(record) == hash then
              keep(hash, ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], now)
              name(hash, pin)
            else
              redis.call('HINCRBY', KEYS[1], 'pins', -1)
              redis.call('HINCRBY', KEYS[1], 'stored', 0 - length_in(record))
              record = false
            end
          end
          if record and ARGV[i + 6] == '1' and record ~= ARGV[i + 1] then
            redis.call('HINCRBY', KEYS[1], 'pins', -1)
            redis.call('HINCRBY', KEYS[1], 'stored', 0 - length_in(record))
            reply[1] = redis.call('HINCRBY', KEYS[1], 'generation', 1)
            record = false
          end
          if record then
            note(pin, record, now, before)
            reply[(i - 4) / 7 + 2] = record
          else
            redis.call('SET', at .. 'p:' .. pin, ARGV[i + 1])
            redis.call('HINCRBY', KEYS[1], 'pins', 1)
            redis.call('HINCRBY', KEYS[1], 'stored', length_in(ARGV[i + 1]))
            if hash == '' then
              redis.call('ZADD', at .. 'pins', now, pin)
            else
              keep(hash, ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], now)
              name(hash, pin)
            end
            reply[(i - 4) / 7 + 2] = false
          end
        end
        return reply
        """;

    /// <summary>ARGV: key, now, hash. Gives 1 when the original is there; it is then used.</summary>
    public const string Use = Prelude + """
        local is_there = redis.call('EXISTS', at .. 'o:' .. ARGV[3])
        if is_there == 1 then redis.pcall('ZADD', at .. 'originals', 'GT', ARGV[2], ARGV[3]) end
        reply[2] = is_there
        return reply
        """;

    /// <summary>ARGV: key, now, hash, encoding, length, body.</summary>
    public const string Put = Prelude + """
        keep(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[2])
        return reply
        """;

    /// <summary>ARGV: key, now, interval of notes, hash. Gives encoding, length and body, or nothing.</summary>
    public const string Get = Prelude + """
        local original = redis.call('HMGET', at .. 'o:' .. ARGV[4], 'e', 'l', 'b')
        if original[3] then note_original(ARGV[4], ARGV[2], ARGV[2] - ARGV[3]) end
        for i = 1, 3 do reply[i + 1] = original[i] end
        return reply
        """;

    /// <summary>ARGV: key, hash. Gives 1 when the original was there and is gone.</summary>
    public const string HasExpired = Prelude + """
        local is_gone = redis.call('ZSCORE', at .. 'expired', ARGV[2])
          or (redis.call('ZSCORE', at .. 'originals', ARGV[2]) and redis.call('EXISTS', at .. 'o:' .. ARGV[2]) == 0)
        reply[2] = is_gone and 1 or 0
        return reply
        """;

    /// <summary>ARGV: key. Gives originals, their length, pins, bytes as stored, expired, the earliest time of storing and that of use.</summary>
    public const string Statistics = Prelude + """
        local function earliest(set) return redis.call('ZRANGE', at .. set, 0, 0, 'WITHSCORES')[2] or false end
        local sums = redis.call('HMGET', KEYS[1], 'length', 'pins', 'stored')
        return {
          reply[1], redis.call('ZCARD', at .. 'originals'), sums[1] or 0, sums[2] or 0, sums[3] or 0,
          redis.call('ZCARD', at .. 'expired'), earliest('created'), earliest('originals')}
        """;

    /// <summary>
    /// ARGV: key, the latest time of use, how many of that very time to pass over, how many. Gives hash, length, stored length, time of storing and time of use
    /// of each, the latest first.
    /// </summary>
    public const string List = Prelude + """
        local page = redis.call('ZREVRANGEBYSCORE', at .. 'originals', ARGV[2], '-inf', 'WITHSCORES', 'LIMIT', ARGV[3], ARGV[4])
        for i = 1, #page, 2 do
          local key = at .. 'o:' .. page[i]
          local original = redis.call('HMGET', key, 'l', 'c')
          for _, value in ipairs({page[i], original[1] or 0, redis.call('HSTRLEN', key, 'b'), original[2] or 0, page[i + 1]}) do
            reply[#reply + 1] = value
          end
        end
        return reply
        """;

    /// <summary>
    /// ARGV: key, now, the time of use before which all goes, the one before which anything may go, the most bytes, the most to remove in this step, the most expired
    /// to remember. Gives how many originals, bytes and pins went, and 1 when there may be more to remove. A server that is full lets a script write once it has removed
    /// something, so each removal begins with that.
    /// </summary>
    public const string Sweep = Prelude + Removal + """
        local stored = tonumber(redis.call('HGET', KEYS[1], 'stored') or 0)
        local more = 1
        for _ = 1, ARGV[6] do
          local o = redis.call('ZRANGE', at .. 'originals', 0, 0, 'WITHSCORES')
          local p = redis.call('ZRANGE', at .. 'pins', 0, 0, 'WITHSCORES')
          local used = math.min(tonumber(o[2]) or math.huge, tonumber(p[2]) or math.huge)
          if used >= tonumber(ARGV[4]) or (used >= tonumber(ARGV[3]) and stored - bytes <= tonumber(ARGV[5])) then
            more = 0
            break
          end
          if tonumber(o[2]) == used then drop_original(o[1]) else drop_pin(p[1]) end
        end
        settle(more == 0, ARGV[7], ARGV[6])
        return {reply[1], originals, bytes, pins, more}
        """;

    /// <summary>ARGV: key, now, the most expired to remember, hashes. Gives how many originals, bytes and pins went, and the hashes under which nothing was.</summary>
    public const string Remove = Prelude + Removal + """
        local missing = {}
        for i = 4, #ARGV do
          if redis.call('ZSCORE', at .. 'originals', ARGV[i]) then
            drop_original(ARGV[i])
          else
            missing[#missing + 1] = ARGV[i]
          end
        end
        settle(true, ARGV[3], #ARGV)
        return {reply[1], originals, bytes, pins, missing}
        """;

    private const string Removal = """
        local originals, bytes, pins = 0, 0, 0
        local function drop_pin(pin)
          local key = at .. 'p:' .. pin
          local head = redis.call('GETRANGE', key, 0, 28)
          redis.call('ZREM', at .. 'pins', pin)
          redis.call('UNLINK', key)
          if head ~= '' then pins, bytes = pins + 1, bytes + length_in(head) end
        end
        local function drop_original(hash)
          local key = at .. 'o:' .. hash
          local original = redis.call('HMGET', key, 'l', 'p')
          for pin in string.gmatch(original[2] or '', string.rep('%x', 64)) do
            if hash_in(redis.call('GETRANGE', at .. 'p:' .. pin, 0, 28)) == hash then drop_pin(pin) end
          end
          originals, bytes = originals + 1, bytes + redis.call('HSTRLEN', key, 'b')
          redis.call('ZREM', at .. 'originals', hash)
          redis.call('ZREM', at .. 'created', hash)
          redis.call('UNLINK', key)
          redis.call('HINCRBY', KEYS[1], 'length', 0 - (original[1] or 0))
          redis.call('ZADD', at .. 'expired', ARGV[2], hash)
        end
        local function settle(is_last, most_expired, count)
          if originals + pins > 0 then
            redis.call('HINCRBY', KEYS[1], 'stored', 0 - bytes)
            redis.call('HINCRBY', KEYS[1], 'pins', 0 - pins)
            reply[1] = redis.call('HINCRBY', KEYS[1], 'generation', 1)
          end
          if is_last and redis.call('EXISTS', at .. 'originals', at .. 'pins') == 0 then
            -- What the server has evicted by itself was not counted.
            redis.call('HDEL', KEYS[1], 'stored', 'length', 'pins')
          end
          local excess = redis.call('ZCARD', at .. 'expired') - most_expired
          if excess > 0 then redis.call('ZREMRANGEBYRANK', at .. 'expired', 0, math.min(excess, count) - 1) end
        end

        """;

    private const string Prelude = """
        local state = redis.call('HMGET', KEYS[1], 'key', 'generation')
        if state[1] ~= ARGV[1] then return false end
        local reply = {state[2] or '0'}
        local at = string.sub(KEYS[1], 1, -6)
        local function hash_in(record) return string.sub(record, 2, 25) end
        local function has_hash(record) return string.sub(record, 2, 2) ~= '-' end
        local function length_in(record) return math.max(0, (struct.unpack('<i4', record, 26))) end
        local function is_whole(record) return not has_hash(record) or redis.call('EXISTS', at .. 'o:' .. hash_in(record)) == 1 end
        local function note_in(set, member, now, before)
          local used = redis.call('ZSCORE', set, member)
          -- A server without memory for the note still answers.
          if not used or tonumber(used) <= before then redis.pcall('ZADD', set, 'GT', now, member) end
        end
        local function note_original(hash, now, before) note_in(at .. 'originals', hash, now, before) end
        local function note(pin, record, now, before)
          if has_hash(record) then note_original(hash_in(record), now, before) else note_in(at .. 'pins', pin, now, before) end
        end
        local function keep(hash, encoding, length, body, now)
          local is_new = redis.call('ZADD', at .. 'originals', 'GT', now, hash) == 1
          if redis.call('HSETNX', at .. 'o:' .. hash, 'b', body) == 1 then
            redis.call('HSET', at .. 'o:' .. hash, 'e', encoding, 'l', length, 'c', now)
          end
          if is_new then
            redis.call('ZADD', at .. 'created', now, hash)
            redis.call('ZREM', at .. 'expired', hash)
            redis.call('HINCRBY', KEYS[1], 'length', length)
            redis.call('HINCRBY', KEYS[1], 'stored', #body)
          end
        end
        local function name(hash, pin)
          local key = at .. 'o:' .. hash
          local pins = redis.call('HGET', key, 'p') or ''
          if not string.find(pins, pin, 1, true) then redis.call('HSET', key, 'p', pins .. pin) end
        end

        """;
}
