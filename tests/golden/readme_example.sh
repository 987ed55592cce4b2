#!/bin/sh
# The prediction that README shows.
echo "\$ slimline predict --arch qwen2-0.5b --device jetson-orin-nx-16gb"
exec "${SLIMLINE:-slimline}" predict --arch qwen2-0.5b --device jetson-orin-nx-16gb
