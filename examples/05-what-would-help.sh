#!/bin/sh
# Question: Gemma 3 1B is too slow on a phone of 2022. What would help: faster memory, more compute, fewer layers, or a
# smaller vocabulary?
exec "${SLIMLINE:-slimline}" explain --arch gemma-3-1b --device galaxy-s22 --backend cpu --prompt 256
