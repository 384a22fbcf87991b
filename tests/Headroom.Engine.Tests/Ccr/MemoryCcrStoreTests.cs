using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

public sealed class MemoryCcrStoreTests : CcrStoreContract
{
    protected override ICcrStore Open(string workspace = "default") => new MemoryCcrStore(workspace, Clock);

    protected override ICcrStore OpenBeside(string workspace) => Open(workspace);
}
