#!/bin/sh
# Question: how much do smaller weight formats gain on a Raspberry Pi 5, for the prompt and for the answer?
exec "${SLIMLINE:-slimline}" compare --arch llama-3.2-1b --device raspberry-pi-5-8gb --quant F16 Q8_0 Q6_K Q4_K_M Q4_0
