namespace MemCore.Native;

/// <summary>Why <see cref="AddressPark.Wait"/> came back.</summary>
internal enum ParkResult
{
    /// <summary>A wake, or an early return that looks like one: read the word again.</summary>
    Woken,

    /// <summary>The word no longer held the expected value, so nothing slept.</summary>
    ValueChanged,

    /// <summary>The time is over; a wake that raced with it went to nobody or to another waiter.</summary>
    TimedOut,
}
