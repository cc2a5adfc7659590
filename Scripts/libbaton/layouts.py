"""Writes a C program that prints the size of each struct of libbaton's headers, and where its members are."""
import re
import sys

print('#include <baton.h>\n#include <stdio.h>\n\nint main(void) {')
for path in sys.argv[1:]:
    text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
    for body, name in re.findall(r"typedef struct \w+ \{(.*?)\n\} (\w+);", text, flags=re.S):
        print(f'  printf("{name} %zu\\n", sizeof({name}));')
        for member in body.split(";"):
            found = re.search(r"\(\*(\w+)\)\(", member) or re.search(r"(\w+)(?:\[[^]]*\])?$", member.strip())
            if found:
                member = found.group(1)
                print(f'  printf("  {member} %zu\\n", offsetof({name}, {member}));')
print("  return 0;\n}")
