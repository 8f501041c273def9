// The explorer is one scheduler for the process, and planted bugs are a switch of the process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
