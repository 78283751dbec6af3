/// Fills `headrace_finding_list`.
#pragma once

#include <headrace/cxx/structs.hpp>
#include <headrace/cxx/text.hpp>
#include <headrace/ext/detector.h>

#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

struct Finding {
  int32_t severity = HEADRACE_SEVERITY_WARNING;
  std::string rule;
  std::string column;
  std::string message;
  int64_t row = -1;
  double score = 0;
  double observed = std::numeric_limits<double>::quiet_NaN();
  double expected = std::numeric_limits<double>::quiet_NaN();
};

class FindingListBuilder {
 public:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  std::size_t count() const { return findings_.size(); }

  /// Hands over what was added. The builder is empty afterwards.
  void finish(headrace_finding_list* out) {
    auto content = std::make_unique<Content>();
    content->findings = std::move(findings_);
    findings_.clear();
    for (const Finding& finding : content->findings) {
      content->items.push_back({sizeof(headrace_finding), finding.severity, borrow(finding.rule),
                                borrow(finding.column), borrow(finding.message), finding.row, finding.score,
                                finding.observed, finding.expected});
      content->pointers.push_back(&content->items.back());
    }
    headrace_finding_list list{};
    list.items = content->pointers.data();
    list.n_items = content->pointers.size();
    list.release = release;
    list.private_data = content.release();
    fill(out, list);
  }

 private:
  struct Content {
    std::deque<Finding> findings;
    std::deque<headrace_finding> items;
    std::vector<const headrace_finding*> pointers;
  };

  static void release(headrace_finding_list* list) {
    delete static_cast<Content*>(list->private_data);
    list->private_data = nullptr;
    list->release = nullptr;
  }

  std::deque<Finding> findings_;
};

}  // namespace headrace
