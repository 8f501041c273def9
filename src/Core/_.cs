namespace MemCore;
