#include "archspace/tensors.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "archspace/architecture_json.h"
#include "base/files.h"

using namespace slimline;

namespace {

double elements_of(const std::vector<Tensor>& all, TensorRole role)
{
    double sum = 0;
    for (const Tensor& tensor : all) {
        sum += tensor.role == role ? tensor.elements() : 0;
    }
    return sum;
}

std::size_t count_of(const std::vector<Tensor>& all, TensorRole role)
{
    return std::size_t(std::count_if(all.begin(), all.end(), [&](const Tensor& t) { return t.role == role; }));
}

}  // namespace

TEST_CASE("tensors are named as in GGUF, each name once", "[archspace][tensors]")
{
    for (const std::string& id : shipped_ids("archs")) {
        CAPTURE(id);
        std::set<std::string> names;
        for (const Tensor& tensor : tensors(load_architecture(id))) {
            CHECK(names.insert(tensor.name).second);
        }
    }
    const std::vector<Tensor> smollm = tensors(load_architecture("smollm-135m"));
    CHECK(smollm.front().name == "token_embd.weight");
    CHECK(smollm[1].name == "blk.0.attn_norm.weight");
    CHECK(smollm.back().name == "output_norm.weight");
    CHECK(smollm.size() == 2 + 30 * 9);
}

TEST_CASE("an FFN shared by all layers stands once, its norms with each layer", "[archspace][tensors]")
{
    const std::vector<Tensor> all = tensors(load_architecture("mobillama-0.5b"));
    CHECK(count_of(all, TensorRole::ffn_down) == 1);
    CHECK(count_of(all, TensorRole::ffn_norm) == 22);
    CHECK(count_of(all, TensorRole::attn_q) == 22);
}

TEST_CASE("a shared block stands once and each of its uses has an adapter", "[archspace][tensors]")
{
    const std::vector<Tensor> all = tensors(load_architecture("zamba2-2.7b"));
    CHECK(count_of(all, TensorRole::attn_q) == 2);
    CHECK(count_of(all, TensorRole::adapter_a) == 9);
    CHECK(count_of(all, TensorRole::ssm_in) == 54);
    CHECK(elements_of(all, TensorRole::adapter_linear) == 9.0 * 2560 * 2560);
}

TEST_CASE("blocks that run twice have their weights once", "[archspace][tensors]")
{
    CHECK(parameter_count(load_architecture("mobilellm-125m-ls")).total ==
          parameter_count(load_architecture("mobilellm-125m")).total);
}

TEST_CASE("experts are one tensor with a matrix each", "[archspace][tensors]")
{
    for (const Tensor& tensor : tensors(load_architecture("granite-3.0-1b-a400m"))) {
        if (tensor.role == TensorRole::ffn_down) {
            CHECK(tensor.count == 32);
            CHECK(tensor.columns == 512);
            CHECK(tensor.rows == 1024);
            CHECK(tensor.name.ends_with(".ffn_down_exps.weight"));
        }
    }
}
