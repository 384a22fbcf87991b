using System.Buffers;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Requests;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Headroom.Proxy.Retrieval;

/// <summary>The loop over an answer that streams. Each event goes on to the client as soon as it is complete.</summary>
/// <param name="context">The client's request; its response has its headers.</param>
/// <param name="line">The way upstream.</param>
/// <param name="format">The wire format.</param>
/// <param name="rounds">Answers the calls.</param>
/// <param name="logger">Told of what fails.</param>
internal sealed class StreamedLoop(HttpContext context, UpstreamLine line, IRetrievalFormat format, RetrievalRounds rounds, ILogger logger)
{
    // Blocks may carry whole files.
    private const int MaximumEventBytes = 16 << 20;
    private const int MaximumErrorBytes = 1 << 20;

    private readonly AnswerSplicer _splicer = AnswerSplicer.For(format);
    private readonly ArrayBufferWriter<byte> _output = new(16 << 10);
    private readonly Provider _provider = format.Provider == "anthropic" ? Provider.Anthropic : Provider.OpenAI;
    private bool _passesAll;

    private CancellationToken Aborted => context.RequestAborted;

    /// <summary>Runs the loop to the end of the answer.</summary>
    /// <param name="first">The first response, disposed by the caller.</param>
    /// <param name="events">Its events.</param>
    public async Task<ForwarderError> RunAsync(HttpResponseMessage first, Stream events)
    {
        var response = first;
        try
        {
            while (true)
            {
                // 1. Pass the turn on, as far as it is for the client.
                if (!await PassTurnAsync(events))
                {
                    return _splicer.HasError ? ForwarderError.ResponseBodyDestination : ForwarderError.None;
                }

                // 2. Answer its calls.
                var (next, isCutShort, note) = await rounds.AnswerAsync(_splicer.ToModelTurn(), _splicer.Visible, _splicer.Usage, Aborted);
                if (next is null)
                {
                    await EndAsync(isCutShort, note);
                    await line.DrainAsync(events);
                    return ForwarderError.None;
                }

                // 3. Continue.
                _splicer.Continue(_output);
                await FlushAsync();
                await line.DrainAsync(events);
                await events.DisposeAsync();
                response.Dispose();
                (response, var error) = await ContinueAsync(next);
                if (error is not null)
                {
                    _splicer.WriteError(error, _output);
                    await FlushAsync();
                    return ForwarderError.ResponseBodyDestination;
                }

                events = (await RetrievalLoop.OpenAsync(response))!;
            }
        }
        finally
        {
            await events.DisposeAsync();
            response.Dispose();
        }
    }

    /// <summary>Passes the events of a turn; true when it is complete and its end is held.</summary>
    private async ValueTask<bool> PassTurnAsync(Stream stream)
    {
        var events = new ServerSentEvents(MaximumEventBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        try
        {
            while (await line.ReadAsync(stream, buffer) is var read and > 0)
            {
                events.Push(buffer.AsSpan(0, read));
                while (!IsHeld && events.TryRead(out var sent))
                {
                    Take(sent);
                }

                await FlushAsync();
                if (IsHeld)
                {
                    return true;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        // What comes after the last blank line is no event, and passes only where everything does.
        if (events.TryReadLast(out var last) && (last.IsWhole || !_splicer.HoldsEnd))
        {
            Take(last);
        }

        if (!_splicer.HoldsEnd)
        {
            _splicer.WriteWaiting(_output);
        }

        await FlushAsync();
        return _splicer.TryEndTurn() && _splicer.HoldsEnd;
    }

    private bool IsHeld => _splicer.IsTurnComplete && _splicer.HoldsEnd;

    private void Take(ServerSentEvent sent)
    {
        try
        {
            if (!_passesAll)
            {
                _splicer.Push(sent, _output);
                return;
            }
        }
        catch (Exception e) when (!_splicer.HoldsEnd)
        {
            logger.AnswerUnread(new Failure(e), sent.Raw.Length);

            // Nothing was kept back yet, so the stream is whole if it just goes on.
            _passesAll = true;
            _splicer.WriteWaiting(_output);
        }
        catch (Exception e)
        {
            throw new IOException("The events could not be fitted into the client's stream.", e);
        }

        _output.Write(sent.Raw.Span);
    }

    private async ValueTask EndAsync(bool isCutShort, string? note)
    {
        if (note is not null && _splicer.Visible.IsEmpty)
        {
            _splicer.WriteNote(note, _output);
        }

        await rounds.SaveAsync(_splicer.Visible, Aborted);
        _splicer.WriteEnd(isCutShort, _output);
        await FlushAsync();
    }

    private async ValueTask<(HttpResponseMessage Response, byte[]? Error)> ContinueAsync(byte[] body)
    {
        HttpResponseMessage response;
        try
        {
            response = await line.SendAsync(body);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !Aborted.IsCancellationRequested)
        {
            var failure = line.Fail(e);
            return (new HttpResponseMessage(), ErrorReply.Json(_provider, failure.Status, "upstream_" + failure.Kind, failure.Message));
        }

        if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            && await RetrievalLoop.OpenAsync(response) is not null)
        {
            return (response, null);
        }

        var read = response.IsSuccessStatusCode ? [] : await BufferedLoop.ReadAsync(line, response, MaximumErrorBytes);
        return (response, RetrievalLoop.ErrorOf(_provider, (int)response.StatusCode, BufferedLoop.Plain(response, read)));
    }

    private async ValueTask FlushAsync()
    {
        if (_output.WrittenCount > 0)
        {
            await context.Response.Body.WriteAsync(_output.WrittenMemory, Aborted);
            _output.ResetWrittenCount();
            await context.Response.Body.FlushAsync(Aborted);
        }
    }
}
