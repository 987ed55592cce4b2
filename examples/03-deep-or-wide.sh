#!/bin/sh
# Question: about 0.5 billion parameters as 32 thin layers or as 12 wide ones. Which is faster on a Jetson, and where
# does the difference come from?
exec "${SLIMLINE:-slimline}" explain --device jetson-orin-nano-super --backend gpu \
    --arch L=32,d=1024,h=16,kv=4,hd=64,ffn=4096,V=32000,tied --to-arch L=12,d=1792,h=28,kv=4,hd=64,ffn=6144,V=32000,tied
