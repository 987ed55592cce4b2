#pragma once

#include <memory>
#include <vector>

#include "explorer/candidate_evaluator.h"

namespace slimline {

/// Blocks of one device and format whose bases differ in depth alone: what one thread does at a time.
struct SearchTask {
    std::size_t setting = 0;  // device and formats
    std::vector<const ProductSpace::Base*> bases;
};

/// What a search goes through, always in the same order: far places first, each once.
class SearchTasks {
 public:
    explicit SearchTasks(const SearchQuestion& question);

    std::size_t size() const { return tasks_.size() * devices_; }
    SearchTask task(std::size_t i) const;

    const ProductSpace& product() const { return product_; }
    double candidates() const { return product_.designs() * double(settings()); }
    double blocks() const { return double(product_.bases.size()) * double(settings()); }
    std::size_t settings() const { return formats_.size() * devices_; }

    /// Device and formats of a setting; the design is still empty.
    Candidate candidate(std::size_t setting) const;
    std::size_t setting_of(const Candidate& candidate) const;
    std::shared_ptr<const CandidateEvaluator> evaluator(std::size_t setting) const;

    /// Designs from all over the space that are within the limits, so that the first tasks already meet a front.
    std::vector<FoundDesign> sample(double& evaluated) const;
    /// Designs with their measures, in the order of the candidates.
    std::vector<FoundDesign> measured(const std::vector<Candidate>& candidates) const;

 private:
    const SearchQuestion& question_;
    ProductSpace product_;
    std::vector<std::shared_ptr<const CandidateEvaluator>> formats_;  // on the first device
    std::size_t devices_ = 1;
    std::vector<SearchTask> tasks_;  // of one device
};

}  // namespace slimline
