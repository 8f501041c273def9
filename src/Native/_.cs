namespace MemCore.Native;
