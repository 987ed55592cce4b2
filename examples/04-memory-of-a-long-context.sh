#!/bin/sh
# Question: the same 1.2-billion-parameter model with 32, 8 and 2 KV heads, at a context of 32k positions on a phone. What
# do shared KV heads save in memory and in time a token?
exec "${SLIMLINE:-slimline}" compare --device oneplus-12 --backend cpu --prompt 32000 --generate 256 --context 32768 \
    --arch L=24,d=2048,h=32,kv=32,hd=64,ffn=5632,V=32000,tied \
    --arch L=24,d=2048,h=32,kv=8,hd=64,ffn=5632,V=32000,tied \
    --arch L=24,d=2048,h=32,kv=2,hd=64,ffn=5632,V=32000,tied
