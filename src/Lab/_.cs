namespace MemCore.Lab;
