<#
.SYNOPSIS
Runs the MemCore soak on this machine.

.DESCRIPTION
A door to 'dotnet run -c Release --project src/Cli -- soak'. Every parameter is handed over only when it is given, so the defaults are
those of the command. The exit code is the command's: 0 clean, anything else as 'soak --help' says.

.PARAMETER Duration
How long, such as 60s, 5m or 2h.

.PARAMETER Threads
How many pinned threads; more than there are cores is fine.

.PARAMETER Seed
Repeats the random decisions of an earlier run.

.PARAMETER Workload
One or more workloads: lock-storm, alloc-storm, ref-storm, mixed.

.PARAMETER HostPath
The host whose page map is loaded: a directory of recordings, live, or synthetic.

.PARAMETER FrameBytes
Memory behind each frame, a power of two from 64 to 4096.

.PARAMETER Chaos
The level of injected delays, moves and failures.

.PARAMETER Checked
Switches the expensive checks on.

.PARAMETER Out
Where findings and their repro files go.

.PARAMETER Json
Prints JSON Lines on stdout.

.PARAMETER Remaining
Anything else is handed to the command as it is.

.EXAMPLE
./run-stress.ps1 -Duration 5m -Threads 16 -Chaos high -Checked

.EXAMPLE
./run-stress.ps1 -HostPath live -Json --deferred free
#>
[CmdletBinding(PositionalBinding = $false)]
param(
    [ValidatePattern('^\d+(\.\d+)?(ms|s|m|h)$')] [string] $Duration,
    [ValidateRange(1, [int]::MaxValue)] [int] $Threads,
    [string] $Seed,
    [string[]] $Workload,
    [string] $HostPath,
    [ValidateRange(64, 4096)] [int] $FrameBytes,
    [string] $Chaos,
    [switch] $Checked,
    [string] $Out,
    [switch] $Json,
    [Parameter(ValueFromRemainingArguments = $true)] [string[]] $Remaining
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

if (-not (Get-Command dotnet -CommandType Application -ErrorAction SilentlyContinue)) {
    Write-Error 'dotnet is not on the path; the SDK that is needed is named in global.json.' -ErrorAction Continue
    exit 3
}

$options = [System.Collections.Generic.List[string]]::new()
if ($PSBoundParameters.ContainsKey('Duration')) { $options.AddRange([string[]]('--duration', $Duration)) }
if ($PSBoundParameters.ContainsKey('Threads')) { $options.AddRange([string[]]('--threads', "$Threads")) }
if ($PSBoundParameters.ContainsKey('Seed')) { $options.AddRange([string[]]('--seed', $Seed)) }
if ($PSBoundParameters.ContainsKey('Workload')) { $options.AddRange([string[]]('--workload', ($Workload -join ','))) }
if ($PSBoundParameters.ContainsKey('HostPath')) { $options.AddRange([string[]]('--host', $HostPath)) }
if ($PSBoundParameters.ContainsKey('FrameBytes')) { $options.AddRange([string[]]('--frame-bytes', "$FrameBytes")) }
if ($PSBoundParameters.ContainsKey('Chaos')) { $options.AddRange([string[]]('--chaos', $Chaos)) }
if ($Checked) { $options.Add('--checked') }
if ($PSBoundParameters.ContainsKey('Out')) { $options.AddRange([string[]]('--out', $Out)) }
if ($Json) { $options.Add('--json') }
if ($Remaining) { $options.AddRange([string[]] $Remaining) }

# A failing command is reported by its exit code, also where the shell would throw.
$PSNativeCommandUseErrorActionPreference = $false
$project = Join-Path $PSScriptRoot 'src/Cli'
& dotnet run -c Release --project $project -- soak @options
exit $LASTEXITCODE
