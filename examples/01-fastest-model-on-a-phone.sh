#!/bin/sh
# Question: four models below 0.6 billion parameters, one phone. Which answers fastest, and what do they need?
exec "${SLIMLINE:-slimline}" compare --device oneplus-12 --backend cpu --prompt 256 --generate 128 \
    --arch qwen2.5-0.5b --arch smollm2-360m --arch mobilellm-350m --arch gemma-3-270m
