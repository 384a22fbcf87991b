using Headroom.Engine.Diagnostics;
using Headroom.Engine.Requests;
using Headroom.Proxy.Bodies;
using Headroom.Proxy.Forwarding;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Proxy.Retrieval;

/// <summary>The loop over an answer that comes whole.</summary>
/// <param name="context">The client's request; its response has not started.</param>
/// <param name="line">The way upstream.</param>
/// <param name="transformer">Applies the header policy.</param>
/// <param name="format">The wire format.</param>
/// <param name="rounds">Answers the calls.</param>
/// <param name="logger">Told of what fails.</param>
internal sealed class BufferedLoop(
    HttpContext context, UpstreamLine line, ForwardingTransformer transformer, IRetrievalFormat format, RetrievalRounds rounds, ILogger logger)
{
    private readonly AnswerJoiner _joiner = AnswerJoiner.For(format);

    private CancellationToken Aborted => context.RequestAborted;

    /// <summary>Runs the loop to the end of the answer.</summary>
    /// <param name="first">The first response, disposed by the caller.</param>
    /// <param name="maximumBody">The most bytes of an answer to hold.</param>
    public async Task<ForwarderError> RunAsync(HttpResponseMessage first, int maximumBody)
    {
        var response = first;
        try
        {
            for (var isFirst = true; ; isFirst = false)
            {
                // 1. Read the turn. What cannot be read passes: an error of the provider's, or what this loop has no part in.
                var body = response.IsSuccessStatusCode ? await ReadAsync(line, response, maximumBody) : [];
                if (!response.IsSuccessStatusCode || body.Length > maximumBody || !TryAdd(Plain(response, body)))
                {
                    return await RetrievalLoop.PassAsync(context, line, transformer, response, body);
                }

                // 2. Answer its calls.
                var turn = _joiner.ToModelTurn();
                var (next, isCutShort, note) = await rounds.AnswerAsync(turn, _joiner.Visible, _joiner.Usage, Aborted);
                if (next is null)
                {
                    if (isFirst && turn.Calls.Count == 0)
                    {
                        return await RetrievalLoop.PassAsync(context, line, transformer, response, body);
                    }

                    return await EndAsync(response, isCutShort, note);
                }

                // 3. Continue.
                _joiner.Continue();
                response.Dispose();
                response = await line.SendAsync(next);
            }
        }
        finally
        {
            response.Dispose();
        }
    }

    /// <summary>Reads a body to its end, or until it is one byte beyond a limit.</summary>
    public static async ValueTask<byte[]> ReadAsync(UpstreamLine line, HttpResponseMessage response, int limit)
    {
        var body = await response.Content.ReadAsStreamAsync();
        using var read = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (read.Length <= limit && await line.ReadAsync(body, buffer) is var count and > 0)
        {
            read.Write(buffer, 0, count);
        }

        return read.ToArray();
    }

    /// <summary>A response's body without its content coding; empty when this cannot be undone.</summary>
    public static ReadOnlyMemory<byte> Plain(HttpResponseMessage response, byte[] body) =>
        RetrievalLoop.CodingOf(response) is { Length: > 0 } coding
            ? ContentCoding.Decode(body, coding, AnswerSplicer.MaximumTurnBytes, CancellationToken.None).Plain
            : body;

    private bool TryAdd(ReadOnlyMemory<byte> turn)
    {
        try
        {
            return _joiner.TryAdd(turn);
        }
        catch (Exception e)
        {
            logger.AnswerUnread(new Failure(e), turn.Length);

            // The answer is billed and here: better with a call in it that the client does not know than not at all.
            return false;
        }
    }

    private async Task<ForwarderError> EndAsync(HttpResponseMessage response, bool isCutShort, string? note)
    {
        if (note is not null && _joiner.Visible.IsEmpty)
        {
            _joiner.AddNote(note);
        }

        var answer = _joiner.Join(isCutShort);
        await rounds.SaveAsync(_joiner.Visible, Aborted);
        await RetrievalLoop.StartAsync(context, transformer, response, isOwnBody: true);
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, Aborted);
        return ForwarderError.None;
    }
}
