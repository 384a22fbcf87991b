# The nested assembly's own clean-up is not called by Import-Module -Force; this is. Both may run.
$cleanup = [Headroom.PowerShell.ModuleCleanup]
$ExecutionContext.SessionState.Module.OnRemove = { $cleanup::StopProxies() }.GetNewClosure()
