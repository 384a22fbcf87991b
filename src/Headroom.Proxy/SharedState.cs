using Headroom.Engine.Accounting;
using Headroom.Engine.Ccr;

namespace Headroom.Proxy;

/// <summary>
/// Opens what several proxies share on one server. A proxy does not know what that server is: its host brings the client. Nothing is
/// connected before the first call of what was opened.
/// </summary>
/// <param name="OpenStore">The store at an address for a workspace.</param>
/// <param name="OpenLedger">The sums of all proxies at an address and workspace, by these prices.</param>
public sealed record SharedState(
    Func<Uri, string, TimeProvider, ICcrStore> OpenStore,
    Func<Uri, string, PriceTable, TimeProvider, ISavingsLedger> OpenLedger);
