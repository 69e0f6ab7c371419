"""SopsGenerator: encrypted files and env files to objects. Pure data to data; the stage reads and decrypts."""
