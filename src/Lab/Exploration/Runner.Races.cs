namespace MemCore.Lab.Exploration;

/// <content>Race mode: plain accesses are scheduling points, and every access passes a detector whose clocks are part of the state.</content>
internal sealed partial class Runner
{
    private RaceDetector? _races;
    private bool _plainPoints;

    /// <summary>Looks for data races. Set once, at the start.</summary>
    public bool Races
    {
        get => _races is not null;
        init
        {
            if (!value) { return; }
            _races = new RaceDetector(this, _model);
            TakeTheLongWay();
            _plainPoints = true;
        }
    }

    /// <summary>Plain accesses are scheduling points: whoever makes them may not be alone with the word. Set once, at the start.</summary>
    public bool PlainPoints
    {
        get => _plainPoints;
        init
        {
            if (!value) { return; }
            TakeTheLongWay();
            _plainPoints = true;
        }
    }

    /// <summary>How many seam results the actor has logged in this run: names its accesses in order.</summary>
    public int Logged(int actor) => _states[actor].LogCount;

    /// <summary>Puts the former value of a cell of the detector on the trail: clocks are taken back with the words.</summary>
    public void RememberCell(int cell, uint before)
    {
        if (_trailCount == _trail.Length) { Array.Resize(ref _trail, _trail.Length * 2); }
        _trail[_trailCount++] = (~cell, before);
    }
}
