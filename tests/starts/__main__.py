from tests.starts.paths import write

write()
